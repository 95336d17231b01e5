import { StoreError, type StoreErrorCode } from '../error.ts';
import { refusalBody } from './answers.ts';

/** Ways to retry a refused request. */
export type Remedy =
  /** Retry with a new token. */
  | 'authenticate'
  /** Retry on another member. */
  | 'elsewhere';

/** Error for a request that one member has refused. */
export class Refusal extends StoreError {
  readonly remedy: Remedy | undefined;
  /** Whether a change may have been carried out nevertheless. */
  readonly uncertain: boolean;

  constructor(code: StoreErrorCode, member: string, sentence: string, remedy?: Remedy, uncertain = false) {
    super(code, member, sentence);
    this.remedy = remedy;
    this.uncertain = uncertain;
  }
}

interface Case {
  readonly text: RegExp;
  readonly code: StoreErrorCode;
  /** Advice that is appended to etcd's own message. */
  readonly advice?: string;
  readonly remedy?: Remedy;
}

/** Known refusals by etcd's message (api/v3rpc/rpctypes/error.go); the messages are the same from 3.4 to 3.6. */
const cases: readonly Case[] = [
  { text: /invalid auth token|revision of auth store is old/, code: 'unauthorised', remedy: 'authenticate' },
  {
    text: /CommonName of client/,
    code: 'certificate-name',
    advice:
      'with authentication enabled, etcd rejects client certificates with a common name over HTTP: ' +
      'issue one without CN and give --user, or disable authentication',
  },
  {
    text: /HTTP request to an HTTPS server/,
    code: 'certificate',
    advice: 'the server uses TLS: use an etcds: address',
  },
  {
    text: /authentication failed|user name not found/,
    code: 'unauthorised',
    advice: 'wrong user or password: --user and --password-file',
  },
  {
    text: /user name is empty/,
    code: 'unauthorised',
    advice: 'etcd requires a user: --user and --password-file',
  },
  {
    text: /authentication is not enabled/,
    code: 'unauthorised',
    advice: 'authentication is disabled: enable it (etcdctl auth enable), or give no user',
  },
  {
    text: /permission denied/,
    code: 'forbidden',
    advice: 'no permission for these keys: give --user, or use etcdctl role grant-permission',
  },
  {
    text: /too many operations|request is too large|message larger than max/,
    code: 'too-large',
    advice: 'raise --max-txn-ops or --max-request-bytes of etcd',
  },
  {
    text: /database space exceeded/,
    code: 'no-space',
    advice: 'compact and defragment it, then run etcdctl alarm disarm; or raise --quota-backend-bytes',
  },
  { text: /required revision has been compacted/, code: 'compacted' },
  { text: /lease not found/, code: 'lease-ended' },
  { text: /not a primary lessor/, code: 'unreachable', remedy: 'elsewhere' },
];

/**
 * Converts an error answer to a {@link Refusal}.
 *
 * @param member address of the member that answered
 * @param status HTTP status of the answer
 */
export function refusal(member: string, status: number, body: string): Refusal {
  const { message: words, code } = parseBody(body);
  const message = words.replace(/^rpc error: code = \w+ desc = /, '');
  const known = cases.find(({ text }) => text.test(message));
  if (known) {
    const sentence = known.advice === undefined ? message : `${message}: ${known.advice}`;
    return new Refusal(known.code, member, sentence, known.remedy);
  }
  if (status === 404 && code === undefined)
    return new Refusal(
      'gateway-off',
      member,
      'it does not serve the JSON gateway (404): etcd 3.4 needs enable-grpc-gateway: true in its configuration file; or this is the peer port (2380) instead of the client port (2379)',
      'elsewhere',
    );
  // Unavailable, DeadlineExceeded: the leader changed, or there was no quorum in time. A watch reports this with status 200.
  if (status === 503 || status === 504 || /no leader/.test(message))
    return new Refusal('unreachable', member, message || `status ${status}`, 'elsewhere', true);
  if (status === 401) return new Refusal('unauthorised', member, message, 'authenticate');
  if (status === 403) return new Refusal('forbidden', member, message);
  if (status === 429) return new Refusal('unreachable', member, message, 'elsewhere');
  return new Refusal(
    'refused',
    member,
    message ? `${message} (${status})` : `status ${status}`,
    undefined,
    status >= 500,
  );
}

function parseBody(text: string): { readonly message: string; readonly code: number | undefined } {
  try {
    // The answer to a refused stream has one JSON document per line.
    const { success, data } = refusalBody.safeParse(JSON.parse(text.split('\n', 1)[0] ?? ''));
    if (success) return data;
  } catch {
    // Not JSON: plain text from Go's net/http, or from a proxy.
  }
  return { message: text.trim().slice(0, 200), code: undefined };
}
