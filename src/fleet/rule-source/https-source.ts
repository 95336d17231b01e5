import { readPassword, readTlsMaterial } from '../store/credentials.ts';
import { StoreError } from '../store/error.ts';
import { type HttpAnswer, HttpClient } from '../store/http.ts';
import { httpFailure } from '../store/http-failure.ts';
import { defaultTimeout, type StoreOptions } from '../store/options.ts';
import { type RuleSource, ruleFileLimit } from './rule-source.ts';

/** A rule file on a web server, fetched again only if its ETag has changed: Last-Modified has a resolution of seconds. */
export class HttpsSource implements RuleSource {
  readonly name: string;
  readonly interval = 30_000;
  readonly #url: URL;
  readonly #options: StoreOptions;
  readonly #http = new HttpClient();
  #seen: { readonly etag: string | undefined; readonly value: Uint8Array } | undefined;

  constructor(name: string, url: URL, options: StoreOptions) {
    this.name = name;
    this.#url = url;
    this.#options = options;
  }

  async read(): Promise<Uint8Array> {
    const answer = await this.#request();
    if (answer.status === 304 && this.#seen) return this.#seen.value;
    if (answer.status !== 200) throw this.#refusal(answer);
    const { etag, 'content-length': length } = answer.headers;
    // A body without a length ends with the connection, and so may be truncated.
    if (length === undefined && answer.headers['transfer-encoding'] === undefined)
      throw new StoreError('refused', this.name, 'the server does not send the length of the file');
    this.#seen = { etag, value: answer.body };
    return answer.body;
  }

  close(): void {
    this.#http.close();
  }

  async #request(): Promise<HttpAnswer> {
    const { user, passwordFile, timeout = defaultTimeout } = this.#options;
    const password = passwordFile === undefined ? '' : await readPassword(this.name, passwordFile);
    const login = Buffer.from(`${user}:${password}`).toString('base64');
    const headers = {
      ...(this.#seen?.etag !== undefined && { 'If-None-Match': this.#seen.etag }),
      ...(user !== undefined && { Authorization: `Basic ${login}` }),
    };
    const tls = await readTlsMaterial(this.name, this.#options);
    try {
      return await this.#http.request(
        { method: 'GET', url: this.#url, headers, tls },
        timeout,
        ruleFileLimit,
      );
    } catch (cause) {
      const { reason, message } = httpFailure(cause);
      const code = reason === 'timeout' || reason === 'absent' ? 'unreachable' : reason;
      throw new StoreError(code, this.name, message, { cause });
    }
  }

  #refusal({ status, headers }: HttpAnswer): StoreError {
    if (status === 404 || status === 410)
      return new StoreError('not-found', this.name, `not found (${status})`);
    if (status === 401)
      return new StoreError(
        'unauthorised',
        this.name,
        'it requires a user: --user and --password-file (401)',
      );
    if (status === 403) return new StoreError('forbidden', this.name, 'access denied (403)');
    if (status >= 300 && status < 400 && status !== 304)
      return new StoreError(
        'refused',
        this.name,
        `it has moved to ${headers.location ?? 'another address'}: use that address`,
      );
    if (status >= 500) return new StoreError('unreachable', this.name, `the server answered ${status}`);
    return new StoreError('refused', this.name, `the server answered ${status}`);
  }
}
