import type { IncomingMessage } from 'node:http';
import type * as z from 'zod';
import { readTlsMaterial } from '../credentials.ts';
import { StoreError } from '../error.ts';
import { HttpClient, type HttpRequest, readBody } from '../http.ts';
import { httpFailure } from '../http-failure.ts';
import { defaultTimeout, type StoreOptions } from '../options.ts';
import { anyAnswer, statusAnswer } from './answers.ts';
import { Authentication } from './authentication.ts';
import { Membership } from './membership.ts';
import { Refusal, refusal } from './refusal.ts';

/** Maximum size of an answer in bytes: more than the largest value under etcd's default limits needs in base64. */
const answerLimit = 16 * 1024 * 1024;

/** Age of the last answer in milliseconds, above which a working member is looked for before a change is sent. */
const maxAnswerAge = 1000;

/** Milliseconds that the members have to name their cluster before the first call: one that is slower is asked later. */
const introductionTime = 500;

/** The answer of one member. */
interface Answer {
  readonly member: URL;
  readonly text: string;
}

/** A stream from one member. */
export interface Stream {
  readonly answer: IncomingMessage;
  /** Makes the next call begin with another member, after this stream broke. */
  leaveMember(): void;
}

/**
 * Client of etcd's JSON gateway. It uses one member until that fails, then the next one; a request that may have changed
 * something is never sent twice. Members of different clusters are refused.
 */
export class Gateway {
  readonly name: string;
  readonly #members: readonly URL[];
  readonly #options: StoreOptions;
  readonly #timeout: number;
  readonly #http = new HttpClient();
  readonly #authentication: Authentication | undefined;
  readonly #membership: Membership;
  #introduced: Promise<void> | undefined;
  /** Functions that end the open streams, by member. */
  readonly #streams = new Map<URL, Set<() => void>>();
  #current: number;
  #lastAnswer = Number.NEGATIVE_INFINITY;
  #closed = false;

  constructor(name: string, members: readonly URL[], options: StoreOptions) {
    this.name = name;
    this.#members = members;
    this.#options = options;
    this.#timeout = options.timeout ?? defaultTimeout;
    this.#membership = new Membership(name);
    // Begin with a random member, so that directors spread over all of them.
    this.#current = Math.floor(Math.random() * members.length);
    const { user, passwordFile } = options;
    if (user !== undefined)
      this.#authentication = new Authentication(
        user,
        passwordFile,
        name,
        async (body, member) => (await this.#post(member, '/v3/auth/authenticate', body, undefined)).text,
      );
  }

  /** Sends a request that changes nothing, or may be sent twice. */
  async sendIdempotent<Content>(path: string, body: unknown, schema: z.ZodType<Content>): Promise<Content> {
    const introduced = this.#introduce();
    const answer = await this.#tryMembers((member) => this.#authorised(member, path, body));
    await introduced;
    return this.#decode(answer, schema);
  }

  /**
   * Sends a change once.
   *
   * @throws StoreError of code `outcome-unknown` if the answer was lost
   */
  async sendOnce<Content>(path: string, body: unknown, schema: z.ZodType<Content>): Promise<Content> {
    await this.#introduce();
    if (performance.now() - this.#lastAnswer > maxAnswerAge) await this.#findMember();
    const attempt = async (member: URL) => {
      await this.#requireKnownMember(member);
      return this.#authorised(member, path, body).catch((error: unknown) => {
        throw isUncertain(error) ? this.#unknownOutcome(error) : error;
      });
    };
    return this.#decode(await this.#tryMembers(attempt), schema);
  }

  /**
   * Opens a stream, and resolves once a member has accepted the request. The signal ends the stream, and so does any failed call
   * to the same member: a member that hangs would leave its streams silent for ever.
   */
  stream(path: string, body: unknown, headers: Record<string, string>, signal: AbortSignal): Promise<Stream> {
    return this.#tryMembers((member) =>
      this.#withToken(member, async (token) => {
        const request = await this.#request(member, path, body, token, headers);
        const ending = new AbortController();
        const end = () => ending.abort();
        signal.addEventListener('abort', end);
        if (signal.aborted) end();
        const answer = await this.#http.open(request, ending.signal, this.#timeout);
        if (answer.statusCode !== 200) {
          const text = await readBody(answer, answerLimit);
          throw refusal(member.host, answer.statusCode ?? 0, text.toString('utf8'));
        }
        const ends = this.#streams.get(member) ?? new Set();
        this.#streams.set(member, ends.add(end));
        answer.once('close', () => {
          ends.delete(end);
          signal.removeEventListener('abort', end);
        });
        return { answer, leaveMember: () => this.#leave(member) };
      }),
    );
  }

  /** Renews the token, after it was refused on a stream. */
  async renewToken(): Promise<void> {
    const authentication = this.#authentication;
    if (!authentication) return;
    await this.#tryMembers(async (member) =>
      authentication.renew(await authentication.token(member), member),
    );
  }

  /** Makes the next call begin with another member, and ends the streams of this one. */
  #leave(member: URL): void {
    if (member === this.#members[this.#current]) this.#current = (this.#current + 1) % this.#members.length;
    for (const end of this.#streams.get(member) ?? []) end();
  }

  close(): void {
    this.#closed = true;
    this.#http.close();
  }

  /** Finds a member that has a quorum, so that the next change is not sent to one that is gone. */
  async #findMember(): Promise<void> {
    const body = { key: toBase64('\0'), count_only: true };
    const attempt = (member: URL) => this.#authorised(member, '/v3/kv/range', body);
    const answer = await this.#tryMembers(attempt).catch((error: unknown) => {
      // etcd checks permissions only after it has confirmed the quorum.
      if (!(error instanceof StoreError) || error.code !== 'forbidden') throw error;
    });
    if (answer) await this.#decode(answer, anyAnswer);
  }

  /** Asks all members for their cluster, once: a command may speak to a single one, and the next command to another. */
  #introduce(): Promise<void> {
    this.#introduced ??= this.#askClusters(this.#members);
    return this.#introduced;
  }

  /** Asks members for their cluster. Those that do not answer at once are passed over. */
  async #askClusters(members: readonly URL[]): Promise<void> {
    if (this.#members.length === 1) return;
    await Promise.allSettled(members.map((member) => this.#askCluster(member, introductionTime)));
  }

  /** Asks one member for its cluster, which it tells without a user, too. */
  async #askCluster(member: URL, timeout: number): Promise<void> {
    const request = await this.#request(member, '/v3/maintenance/status', {}, undefined);
    const { status, body } = await this.#http.request(request, timeout, answerLimit);
    const text = body.toString('utf8');
    if (status === 200)
      this.#membership.note(member, this.#parse(member, text, statusAnswer).content.header.cluster_id);
  }

  /** Makes sure that a member belongs to the same cluster as the others, before a change is sent to it. */
  async #requireKnownMember(member: URL): Promise<void> {
    if (this.#members.length > 1 && !this.#membership.knows(member))
      await this.#askCluster(member, this.#timeout);
    await this.#requireSingleCluster(member);
  }

  /**
   * Throws if the members belong to different clusters. The others are asked again, as the whole cluster may have been replaced; what
   * one named that cannot be reached now counts until it can.
   */
  async #requireSingleCluster(member: URL): Promise<void> {
    if (this.#membership.isSingle) return;
    await this.#askClusters(this.#members.filter((other) => other !== member));
    this.#membership.require();
  }

  /** Tries each member once, beginning with the current one. */
  async #tryMembers<Answer>(attempt: (member: URL) => Promise<Answer>): Promise<Answer> {
    const failures = new Map<URL, StoreError>();
    const inTurn = [...this.#members.slice(this.#current), ...this.#members.slice(0, this.#current)];
    for (const member of inTurn) {
      try {
        return await attempt(member);
      } catch (error) {
        const failure = this.#toStoreError(member, error);
        if (!isMemberFailure(error)) throw failure;
        failures.set(member, failure);
        this.#leave(member);
      }
    }
    // In the order of the address: wherever a call has begun, it reports the same failures in the same words.
    const ordered = this.#members.flatMap((member) => failures.get(member) ?? []);
    const [first, ...others] = ordered;
    if (
      first &&
      others.every(({ code }) => code === first.code) &&
      (others.length === 0 || first.code !== 'unreachable')
    )
      throw first;
    const sentences = ordered.map(({ message }) => message).join('; ');
    throw new StoreError('unreachable', this.name, `no member answers: ${sentences}`);
  }

  #authorised(member: URL, path: string, body: unknown): Promise<Answer> {
    return this.#withToken(member, (token) => this.#post(member, path, body, token));
  }

  /** Calls with the user's token, and again with a new one, requested from `member`, if etcd no longer knows it. */
  async #withToken<Answer>(
    member: URL,
    call: (token: string | undefined) => Promise<Answer>,
  ): Promise<Answer> {
    const authentication = this.#authentication;
    const token = await authentication?.token(member);
    try {
      return await call(token);
    } catch (error) {
      if (!authentication || !(error instanceof Refusal) || error.remedy !== 'authenticate') throw error;
      return await call(await authentication.renew(token, member));
    }
  }

  async #post(member: URL, path: string, body: unknown, token: string | undefined): Promise<Answer> {
    const request = await this.#request(member, path, body, token);
    const answer = await this.#http.request(request, this.#timeout, answerLimit);
    const text = answer.body.toString('utf8');
    if (answer.status !== 200) throw refusal(member.host, answer.status, text);
    this.#lastAnswer = performance.now();
    return { member, text };
  }

  async #request(
    member: URL,
    path: string,
    body: unknown,
    token: string | undefined,
    headers: Record<string, string> = {},
  ): Promise<HttpRequest> {
    if (this.#closed) throw new StoreError('unreachable', this.name, 'the connection was closed');
    const json = JSON.stringify(body);
    return {
      method: 'POST',
      url: new URL(path, member),
      headers: {
        'Content-Type': 'application/json',
        'Content-Length': String(Buffer.byteLength(json)),
        ...(token !== undefined && { Authorization: token }),
        ...headers,
      },
      body: json,
      tls: await readTlsMaterial(this.name, this.#options),
    };
  }

  /** Decodes an answer, after it is sure that it comes from the same cluster as those of other members. */
  async #decode<Content>({ member, text }: Answer, schema: z.ZodType<Content>): Promise<Content> {
    const { cluster, content } = this.#parse(member, text, schema);
    if (cluster !== undefined) this.#membership.note(member, cluster);
    await this.#requireSingleCluster(member);
    return content;
  }

  #parse<Content>(member: URL, text: string, schema: z.ZodType<Content>) {
    try {
      const value: unknown = JSON.parse(text);
      const content = schema.parse(value);
      return { content, cluster: statusAnswer.safeParse(value).data?.header.cluster_id };
    } catch (cause) {
      throw new StoreError('corrupt', member.host, 'its answer is not from etcd', { cause });
    }
  }

  #toStoreError(member: URL, error: unknown): StoreError {
    if (error instanceof StoreError) return error;
    const { reason, message } = httpFailure(error);
    const options = { cause: error };
    if (reason === 'timeout' || reason === 'absent')
      return new StoreError('unreachable', member.host, message, options);
    const sentence = reason === 'unreachable' ? `${message} (${schemeHint(member)})` : message;
    return new StoreError(reason, member.host, sentence, options);
  }

  #unknownOutcome(cause: unknown): StoreError {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const sentence = `it is not known whether the change was made: ${reason}`;
    return new StoreError('outcome-unknown', this.name, sentence, { cause });
  }
}

/** Returns a hint about the scheme: with a wrong one, the connection is merely closed. */
function schemeHint({ protocol }: URL): string {
  return protocol === 'https:' ? 'use etcd: if it does not use TLS' : 'use etcds: if it uses TLS';
}

/** Encodes a key, or bytes, for the gateway. */
export function toBase64(value: string | Uint8Array): string {
  return Buffer.from(value).toString('base64');
}

/** Whether a failure concerns only one member, so that another one may succeed. */
function isMemberFailure(error: unknown): boolean {
  if (error instanceof StoreError) return error instanceof Refusal && error.remedy === 'elsewhere';
  return httpFailure(error).reason !== 'too-large';
}

function isUncertain(error: unknown): boolean {
  if (error instanceof StoreError) return error instanceof Refusal && error.uncertain;
  return httpFailure(error).sent;
}
