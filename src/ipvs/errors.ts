import { NetlinkError } from '../netlink/errors.ts';
import { errnoName } from '../platform/errno.ts';
import { formatEndpoint } from './endpoint.ts';
import type { DestinationId, ServiceId } from './model.ts';
import type { IpvsRequest } from './requests.ts';

/**
 * Any request that the kernel can refuse: a change or a query.
 *
 * @example
 * const isQuestion = ({ request }: IpvsOperation) => request === 'services' || request === 'info';
 */
export type IpvsOperation =
  | IpvsRequest
  | { readonly request: 'info' | 'services' | 'timeouts' | 'daemons' }
  | { readonly request: 'service'; readonly service: ServiceId }
  /** The real servers of a service; `undefined` when those of several services were requested together. */
  | { readonly request: 'destinations'; readonly service: ServiceId | undefined };

/**
 * A refusal by the kernel. The message names the request with its service and server, and what the errno means for it:
 * `adding real server 10.0.0.1:80 to TCP 192.0.2.1:80: no such service (ESRCH)`.
 *
 * @example
 * try {
 *   await ipvs.flush();
 * } catch (error) {
 *   if (!(error instanceof IpvsError)) throw error;
 *   console.error(error.message); // removing all services: CAP_NET_ADMIN is required (EPERM)
 * }
 */
export class IpvsError extends NetlinkError {
  override readonly name = 'IpvsError';
  /** The request that the kernel refused. */
  readonly operation: IpvsOperation;
  /** The name of the request, such as `addDestination`. */
  readonly request: IpvsOperation['request'];
  /** Service that the request concerned, if any. */
  readonly service: ServiceId | undefined;
  /** Real server that the request concerned, if any. */
  readonly destination: DestinationId | undefined;

  /** @param cause the kernel's refusal, whose code, errno and sequence number are copied */
  constructor(operation: IpvsOperation, cause: NetlinkError) {
    const { code, errno = 0, sequence } = cause;
    super(code, `${describeOperation(operation)}: ${describeErrno(operation, errno)} (${errnoName(errno)})`, {
      errno,
      ...(sequence !== undefined && { sequence }),
      cause,
    });
    this.operation = operation;
    this.request = operation.request;
    this.service = 'service' in operation ? operation.service : undefined;
    this.destination = 'destination' in operation ? operation.destination : undefined;
  }
}

/** Returns the error that a call rejects with: an {@link IpvsError} for a refusal by the kernel, any other error unchanged. */
export function withOperation(operation: IpvsOperation, error: unknown): unknown {
  return error instanceof NetlinkError && error.code === 'REFUSED' ? new IpvsError(operation, error) : error;
}

/** Returns the error that opening rejects with: for a missing family one that tells what is missing, any other error unchanged. */
export function ofOpening(error: unknown): unknown {
  if (!(error instanceof NetlinkError) || error.code !== 'FAMILY_NOT_FOUND') return error;
  const { errno, sequence } = error;
  return new NetlinkError('FAMILY_NOT_FOUND', 'the kernel has no IPVS: the module ip_vs is not loaded', {
    ...(errno !== undefined && { errno }),
    ...(sequence !== undefined && { sequence }),
    cause: error,
  });
}

/** Describes a request, for an error message. */
function describeOperation(operation: IpvsOperation): string {
  switch (operation.request) {
    case 'addService':
      return `adding ${serviceName(operation.service)}`;
    case 'updateService':
      return `changing ${serviceName(operation.service)}`;
    case 'removeService':
      return `removing ${serviceName(operation.service)}`;
    case 'addDestination':
      return `adding ${serverName(operation.destination)} to ${serviceName(operation.service)}`;
    case 'updateDestination':
      return `changing ${serverName(operation.destination)} of ${serviceName(operation.service)}`;
    case 'removeDestination':
      return `removing ${serverName(operation.destination)} from ${serviceName(operation.service)}`;
    case 'flush':
      return 'removing all services';
    case 'zero':
      return `resetting ${operation.service ? `the counters of ${serviceName(operation.service)}` : 'all counters'}`;
    case 'setTimeouts':
      return 'setting timeouts';
    case 'startDaemon':
      return `starting the ${operation.daemon.role} sync daemon on ${operation.daemon.interface}`;
    case 'stopDaemon':
      return `stopping the ${operation.role} sync daemon`;
    case 'service':
      return `reading ${serviceName(operation.service)}`;
    case 'destinations':
      return operation.service
        ? `listing the real servers of ${serviceName(operation.service)}`
        : 'listing real servers';
    case 'services':
      return 'listing services';
    case 'info':
      return 'reading the version';
    case 'timeouts':
      return 'reading timeouts';
    case 'daemons':
      return 'listing sync daemons';
  }
}

/** Meanings of errnos, by errno name. */
type Meanings = Readonly<Record<string, string>>;

const noService: Meanings = { ESRCH: 'no such service' };
const noServer: Meanings = { ...noService, ENOENT: 'no such server' };
const outOfRange =
  'weight or threshold out of range: at most 2147483647, and the lower threshold at most the upper one';
const noScheduler = 'the kernel does not have this scheduler or persistence engine';

/** Meanings of errnos for particular requests (net/netfilter/ipvs/ip_vs_ctl.c and ip_vs_sync.c). */
const meanings: Readonly<Partial<Record<IpvsOperation['request'], Meanings>>> = {
  addService: { EEXIST: 'the service already exists', ENOENT: noScheduler },
  updateService: { ...noService, ENOENT: noScheduler },
  removeService: noService,
  zero: noService,
  service: noService,
  addDestination: { ...noService, EEXIST: 'the server already exists', ERANGE: outOfRange },
  updateDestination: { ...noServer, ERANGE: outOfRange },
  removeDestination: noServer,
  startDaemon: { EEXIST: 'a daemon is already running in this role', ENODEV: 'no such interface' },
  stopDaemon: { ESRCH: 'no daemon is running in this role' },
};

/** Meanings of errnos for any request. */
const general: Meanings = {
  EPERM: 'CAP_NET_ADMIN is required',
  EINVAL: 'the kernel does not accept these values',
  ENOMEM: 'the kernel is out of memory',
  EAFNOSUPPORT: 'the kernel does not support this address family or protocol',
  EOPNOTSUPP: 'the kernel does not support this',
};

function describeErrno({ request }: IpvsOperation, errno: number): string {
  const name = errnoName(errno);
  return { ...general, ...meanings[request] }[name] ?? 'the kernel refused the request';
}

function serverName({ address, port }: DestinationId): string {
  return `real server ${formatEndpoint(address, port)}`;
}

function serviceName(service: ServiceId): string {
  if (service.kind === 'address')
    return `${service.protocol.toUpperCase()} ${formatEndpoint(service.address, service.port)}`;
  return `firewall mark ${service.fwmark} of ${service.family === 'inet' ? 'IPv4' : 'IPv6'}`;
}
