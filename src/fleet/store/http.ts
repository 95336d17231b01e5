import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { TlsMaterial } from './credentials.ts';
import { HttpFailure, httpFailure } from './http-failure.ts';

/** A request with its body, and the certificates for TLS. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly tls: TlsMaterial;
}

/** An answer whose body has been read. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

/** Asks servers over HTTP/1.1 with connections that are kept. */
export class HttpClient {
  readonly #http = new HttpAgent({ keepAlive: true });
  readonly #https = new HttpsAgent({ keepAlive: true });

  /**
   * Asks, and reads the answer.
   *
   * @param milliseconds until all of it has to be there
   * @param limit bytes of body that are taken
   * @throws HttpFailure
   */
  async ask(request: HttpRequest, milliseconds: number, limit: number): Promise<HttpAnswer> {
    return within(milliseconds, undefined, async (signal) => {
      const answer = await this.#send(request, signal);
      const body = await readBody(answer, limit);
      return { status: answer.statusCode ?? 0, headers: answer.headers, body };
    });
  }

  /**
   * Asks, and returns the answer as soon as its headers are there.
   *
   * @param signal ends the request, or the answer's body
   * @param milliseconds until the headers have to be there
   * @throws HttpFailure
   */
  open(request: HttpRequest, signal: AbortSignal, milliseconds: number): Promise<IncomingMessage> {
    return within(milliseconds, signal, (either) => this.#send(request, either));
  }

  #send({ method, url, headers, body, tls }: HttpRequest, signal: AbortSignal): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const options = { method, headers, signal };
      const request =
        url.protocol === 'https:'
          ? httpsRequest(url, { ...options, ...tls, agent: this.#https })
          : httpRequest(url, { ...options, agent: this.#http });
      request.on('response', resolve);
      request.on('error', reject);
      request.end(body);
    });
  }

  close(): void {
    this.#http.destroy();
    this.#https.destroy();
  }
}

/**
 * Does something that has to be done in so many milliseconds, or until the outer signal.
 *
 * @param work gets a signal that stops it, and what it returned: the outer one may be given later
 */
async function within<Result>(
  milliseconds: number,
  outer: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const controller = new AbortController();
  const abort = () => controller.abort();
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    abort();
  }, milliseconds);
  outer?.addEventListener('abort', abort, { once: true });
  if (outer?.aborted) abort();
  try {
    return await work(controller.signal);
  } catch (error) {
    if (late) throw new HttpFailure('timeout', true, `no answer within ${milliseconds / 1000} s`);
    throw httpFailure(error);
  } finally {
    clearTimeout(timer);
  }
}

/** Reads a body of at most `limit` bytes. */
export async function readBody(answer: IncomingMessage, limit: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of answer) {
    parts.push(part);
    length += part.length;
    if (length > limit) {
      answer.destroy();
      throw new HttpFailure('too-large', true, `an answer of more than ${limit} bytes`);
    }
  }
  return Buffer.concat(parts);
}
