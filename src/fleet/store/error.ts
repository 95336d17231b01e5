/** Reasons why a store could not do what it was asked. */
export type StoreErrorCode =
  /** The address, or an option that belongs to it, is wrong. */
  | 'address'
  /** No member answers, or those that do have no leader. Nothing was changed. */
  | 'unreachable'
  /** The answer to a change was lost: it may or may not have been carried out. */
  | 'outcome-unknown'
  /** A certificate is not trusted, has another name, or the store wants one of the client. */
  | 'certificate'
  /** etcd's gateway takes no client certificate with a common name while users are on. */
  | 'certificate-name'
  /** The user or password is wrong, or one is needed. */
  | 'unauthorised'
  /** The user has no right to these keys. */
  | 'forbidden'
  /** The member serves gRPC only. */
  | 'gateway-off'
  /** The document is not there. */
  | 'not-found'
  /** A request or an answer is larger than allowed. */
  | 'too-large'
  /** The store has no room left. */
  | 'no-space'
  /** The revision is no longer kept. */
  | 'compacted'
  /** The lease has ended. */
  | 'lease-ended'
  /** The answer cannot be understood. */
  | 'corrupt'
  /** The store refused for another reason, which the message gives. */
  | 'refused';

/** A store could not do what it was asked. The message says why and what to do, and holds no password. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly code: StoreErrorCode;
  /** Name of the store, or of the member of it that answered. */
  readonly store: string;

  constructor(code: StoreErrorCode, store: string, sentence: string, options?: ErrorOptions) {
    super(`${store}: ${sentence}`, options);
    this.code = code;
    this.store = store;
  }
}
