/** Reasons why an operation of a store failed. */
export type StoreErrorCode =
  /** The address, or an option that belongs to it, is wrong. */
  | 'address'
  /** No member answers, or those that do have no leader. Nothing was changed. */
  | 'unreachable'
  /** The answer to a change was lost: it may or may not have been carried out. */
  | 'outcome-unknown'
  /** A certificate is not trusted, is for another name, or the store requires one from the client. */
  | 'certificate'
  /** etcd's gateway rejects client certificates with a common name while authentication is enabled. */
  | 'certificate-name'
  /** The user or password is wrong, or one is needed. */
  | 'unauthorised'
  /** The user has no right to these keys. */
  | 'forbidden'
  /** The member serves gRPC only. */
  | 'gateway-off'
  /** The document does not exist. */
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

/** Error of a store. The message gives the reason and a remedy, and never contains a password. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly code: StoreErrorCode;
  /** Name of the store, or of its member that answered. */
  readonly store: string;

  constructor(code: StoreErrorCode, store: string, sentence: string, options?: ErrorOptions) {
    super(`${store}: ${sentence}`, options);
    this.code = code;
    this.store = store;
  }
}
