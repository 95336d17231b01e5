/** Options of a store beside its address: paths of PEM files, which are read again at each use, and a user. */
export interface StoreOptions {
  /** File of the authorities whose certificates of servers are trusted, instead of the system's. */
  readonly caFile?: string;
  /** File of the client's certificate, and of those between it and its authority. */
  readonly certFile?: string;
  readonly keyFile?: string;
  readonly user?: string;
  /** File whose first line is the user's password. */
  readonly passwordFile?: string;
  /** How long one request may take, in milliseconds: 5000. */
  readonly timeout?: number;
}

/** Default of {@link StoreOptions.timeout}. */
export const defaultTimeout = 5000;
