/** Options of a store besides its address. Files are read again for each use, so that they can be renewed. */
export interface StoreOptions {
  /** PEM file of the certificate authorities to trust instead of the system's. */
  readonly caFile?: string;
  /** PEM file of the client's certificate and the intermediate ones. */
  readonly certFile?: string;
  readonly keyFile?: string;
  readonly user?: string;
  /** File whose first line is the user's password. */
  readonly passwordFile?: string;
  /** Timeout of one request in milliseconds; default 5000. */
  readonly timeout?: number;
  /** Maximum size of all that one read returns, in bytes; default {@link defaultReadLimit}. */
  readonly readLimit?: number;
}

/** Default of {@link StoreOptions.timeout}. */
export const defaultTimeout = 5000;

/** Default of {@link StoreOptions.readLimit}: more than the largest revision has, which gzip could not compress. */
export const defaultReadLimit = 272 * 1024 * 1024;
