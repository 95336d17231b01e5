import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { TlsMaterial } from './credentials.ts';
import { HttpFailure, httpFailure } from './http-failure.ts';

/** An HTTP request, with the certificates for TLS. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly tls: TlsMaterial;
}

/** An HTTP answer, with its body read completely. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

/** Milliseconds after which a connection is closed that no request has used. */
const idleTime = 30_000;

/**
 * Client for HTTP/1.1 with keep-alive connections. Idle ones do not stay open for as long as the server leaves them: those with a
 * certificate that has been renewed since are not used again.
 */
export class HttpClient {
  readonly #http: HttpAgent;
  readonly #https: HttpsAgent;

  /** @param idle milliseconds after which a connection is closed that no request has used */
  constructor(idle = idleTime) {
    const options = { keepAlive: true, timeout: idle };
    this.#http = new HttpAgent(options);
    this.#https = new HttpsAgent(options);
  }

  /**
   * Sends a request, and reads the whole answer.
   *
   * @param milliseconds timeout for the whole answer
   * @param limit maximum size of the body, in bytes
   * @throws HttpFailure
   */
  async request(request: HttpRequest, milliseconds: number, limit: number): Promise<HttpAnswer> {
    return within(milliseconds, undefined, async (signal) => {
      const answer = await this.#send(request, signal);
      const body = await readBody(answer, limit);
      return { status: answer.statusCode ?? 0, headers: answer.headers, body };
    });
  }

  /**
   * Sends a request, and resolves as soon as the answer's headers have arrived.
   *
   * @param signal aborts the request, or the answer's body
   * @param milliseconds timeout for the headers
   * @throws HttpFailure
   */
  open(request: HttpRequest, signal: AbortSignal, milliseconds: number): Promise<IncomingMessage> {
    return within(milliseconds, signal, (either) => this.#send(request, either));
  }

  /** Sends a request. Certificates are verified even where the environment says otherwise (NODE_TLS_REJECT_UNAUTHORIZED). */
  #send({ method, url, headers, body, tls }: HttpRequest, signal: AbortSignal): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const options = { method, headers, signal };
      const request =
        url.protocol === 'https:'
          ? httpsRequest(url, { ...options, ...tls, rejectUnauthorized: true, agent: this.#https })
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
 * Runs `work` with a timeout in milliseconds, or until the outer signal is aborted.
 *
 * @param work gets a signal that aborts it; after its return, the outer signal still aborts its result, such as an open body
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
      throw new HttpFailure('too-large', true, `its answer is longer than ${limit} bytes`);
    }
  }
  return Buffer.concat(parts);
}
