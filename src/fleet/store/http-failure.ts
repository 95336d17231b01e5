/** Reasons why an HTTP request failed; `absent` means that no connection could be made. */
export type HttpFailureReason = 'absent' | 'unreachable' | 'timeout' | 'certificate' | 'too-large';

/** Error for an HTTP request without a complete answer. */
export class HttpFailure extends Error {
  override readonly name = 'HttpFailure';
  readonly reason: HttpFailureReason;
  /** False if the server cannot have acted on the request. */
  readonly sent: boolean;

  constructor(reason: HttpFailureReason, sent: boolean, sentence: string, options?: ErrorOptions) {
    super(sentence, options);
    this.reason = reason;
    this.sent = sent;
  }
}

/** Sentences for the error codes, of Node and of the executable's runtime, that mean that no request was sent. */
const absences: ReadonlyMap<string, string> = new Map([
  ['ECONNREFUSED', 'connection refused'],
  ['ConnectionRefused', 'connection refused'],
  ['ENOTFOUND', 'no such host'],
  ['EAI_AGAIN', 'cannot resolve its name at the moment'],
  ['EHOSTUNREACH', 'no route to host'],
  ['ENETUNREACH', 'network is unreachable'],
  ['ENETDOWN', 'the network is down'],
  ['EADDRNOTAVAIL', 'no local address to connect from'],
]);

/** Converts an error of node:http or node:https to an {@link HttpFailure}. */
export function httpFailure(error: unknown): HttpFailure {
  if (error instanceof HttpFailure) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const message = error instanceof Error ? error.message : String(error);
  const options = { cause: error };
  const sentence = tlsSentence(code, message);
  if (sentence !== undefined) return new HttpFailure('certificate', false, sentence, options);
  if (/before secure TLS connection/.test(message))
    return new HttpFailure(
      'unreachable',
      false,
      'it closed the connection during the TLS handshake',
      options,
    );
  const absence = absences.get(code);
  if (absence !== undefined)
    return new HttpFailure('absent', false, `${absence} (${message || code})`, options);
  return new HttpFailure('unreachable', true, message || code, options);
}

/** Explains an error of TLS or its certificates; undefined for any other error. */
function tlsSentence(code: string, message: string): string | undefined {
  const text = `${code} ${message}`;
  if (/wrong version number|packet length too long|ERR_SSL_WRONG_VERSION/i.test(text))
    return 'it does not use TLS: set it up on a web server; for an etcd without TLS use an etcd: address';
  if (/alert|CERTIFICATE_REQUIRED/i.test(text) && /ssl|tls/i.test(text))
    return `it rejects the client certificate (${message}): give one of its authority with --cert and --key`;
  if (/ALTNAME|altnames/i.test(text))
    return `its certificate is for another name (${message}): use that name, or renew it with this one`;
  if (/CERT_HAS_EXPIRED|CERT_NOT_YET_VALID/.test(text))
    return `its certificate is not valid now (${message})`;
  if (/SELF_SIGNED|UNABLE_TO_|CERT_|unable to (get|verify)|self.signed/i.test(text))
    return `its certificate is not from a trusted authority (${message}): give the authority's certificate with --cacert`;
  if (/^ERR_(SSL|OSSL)|PEM|key values mismatch|Invalid CA/i.test(text))
    return `the certificate or the key cannot be used (${message})`;
  return undefined;
}
