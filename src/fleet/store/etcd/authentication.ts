import { readPassword } from '../credentials.ts';
import { StoreError } from '../error.ts';
import { authenticateAnswer } from './answers.ts';

/** Sends a user name and a password to a member, and returns the body of the answer. */
type Authenticate = (
  body: { readonly name: string; readonly password: string },
  member: URL,
) => Promise<string>;

/** The token of a user: etcd issues one for a name and password, and forgets it after 5 minutes or a restart. */
export class Authentication {
  readonly #user: string;
  readonly #passwordFile: string | undefined;
  readonly #store: string;
  readonly #authenticate: Authenticate;
  #token: Promise<string> | undefined;

  constructor(user: string, passwordFile: string | undefined, store: string, authenticate: Authenticate) {
    this.#user = user;
    this.#passwordFile = passwordFile;
    this.#store = store;
    this.#authenticate = authenticate;
  }

  /** Returns the current token, or requests the first one from a member. */
  token(member: URL): Promise<string> {
    this.#token ??= this.#requestToken(member);
    return this.#token;
  }

  /** Returns a token other than the given one, which etcd has refused. */
  async renew(refused: string | undefined, member: URL): Promise<string> {
    const present = await this.#token?.catch(() => undefined);
    if (present === undefined || present === refused) this.#token = this.#requestToken(member);
    return this.token(member);
  }

  #requestToken(member: URL): Promise<string> {
    const requested = this.#request(member);
    requested.catch(() => {
      if (this.#token === requested) this.#token = undefined;
    });
    return requested;
  }

  async #request(member: URL): Promise<string> {
    if (this.#passwordFile === undefined)
      throw new StoreError('address', this.#store, '--user needs --password-file');
    const password = await readPassword(this.#store, this.#passwordFile);
    const text = await this.#authenticate({ name: this.#user, password }, member);
    const { success, data } = authenticateAnswer.safeParse(JSON.parse(text));
    if (!success) throw new StoreError('corrupt', this.#store, 'its answer contains no token');
    return data.token;
  }
}
