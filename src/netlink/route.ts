import { EACCES, EAGAIN, EHOSTUNREACH, EINVAL, ENETUNREACH, ENODEV, EOPNOTSUPP } from '../platform/errno.ts';
import type { Decode } from './answer.ts';
import { littleEndian } from './byte-order.ts';
import { Connection } from './connection.ts';
import { AF_INET, AF_INET6 } from './constants.ts';
import { dump } from './dump.ts';
import { NetlinkError } from './errors.ts';
import type { AttributeReader, MessageReader } from './reader.ts';
import type { Request } from './request.ts';
import {
  IFA,
  IFA_F_DADFAILED,
  IFF_MULTICAST,
  IFF_UP,
  IFLA,
  IFLA_INFO,
  ifaddrmsgLength,
  ifinfomsgLength,
  NETLINK_ROUTE,
  RTA,
  RTEXT_FILTER_SKIP_STATS,
  RTM,
  rtmsgLength,
} from './route-constants.ts';
import { openSocket, type Transport } from './transport.ts';

// Queries about interfaces, addresses and routes (rtnetlink(7)), as far as they are needed here.

/** Loads the names of messages and attributes, for a trace. */
const routeNames = async () => (await import('./trace/route-names.ts')).describeRoute;

/** Route types, indexed by `RTN_*`. */
const routeKinds = ['unspecified', 'unicast', 'local', 'broadcast', 'anycast', 'multicast'] as const;
type RouteKind = (typeof routeKinds)[number] | 'unreachable';

/** A network interface. */
export interface Link {
  readonly index: number;
  readonly name: string;
  readonly isUp: boolean;
  /** True when the interface carries multicast. */
  readonly isMulticast: boolean;
  /** Maximum packet length in bytes. */
  readonly mtu: number;
  /** Kind of a virtual interface, such as `ipip`; absent for physical ones. */
  readonly kind: string | undefined;
}

/** An address of an interface. */
export interface LinkAddress {
  /** Index of the interface. */
  readonly link: number;
  /** 4 or 16 bytes, network order. */
  readonly address: Uint8Array;
  readonly prefixLength: number;
  /** True when duplicate address detection found this IPv6 address on another machine, so that it is not used. */
  readonly isDuplicate: boolean;
}

/** The route that a packet to an address would take. */
export interface RouteLookup {
  /** `local` when the packet is for this machine itself, `unicast` when it is sent out. */
  readonly kind: RouteKind;
  /** Index of the interface that the packet leaves through, if any. */
  readonly link: number | undefined;
  /** Next hop if it is not the destination itself, as 4 or 16 bytes. */
  readonly gateway: Uint8Array | undefined;
}

/** Client for interfaces, addresses and routes of one network namespace. Calls reject with {@link NetlinkError}. */
export class Routing {
  readonly #connection: Connection;

  /** Opens a client for this process's network namespace. */
  static async open(): Promise<Routing> {
    return new Routing(await openSocket(NETLINK_ROUTE, routeNames));
  }

  constructor(transport: Transport) {
    this.#connection = new Connection(transport);
  }

  close(): void {
    this.#connection.close();
  }

  links(): Promise<Link[]> {
    const request: Request = {
      type: RTM.GETLINK,
      answerType: RTM.NEWLINK,
      body: (writer) =>
        writer.append(new Uint8Array(ifinfomsgLength)).u32(IFLA.EXT_MASK, RTEXT_FILTER_SKIP_STATS),
    };
    return this.#dump(request, decodeLink);
  }

  /** Returns the interface called `name`, which may be an alternative name; `undefined` when there is none. */
  async linkNamed(name: string): Promise<Link | undefined> {
    const request: Request = {
      type: RTM.GETLINK,
      answerType: RTM.NEWLINK,
      body: (writer) => writer.append(new Uint8Array(ifinfomsgLength)).string(IFLA.IFNAME, name),
    };
    try {
      return await this.#connection.request(request, decodeLink);
    } catch (error) {
      if (error instanceof NetlinkError && error.errno === ENODEV) return undefined;
      throw error;
    }
  }

  /**
   * Lists IPv4 and IPv6 addresses. The kernel, asked for all families, also reports others, such as `AF_MCTP`; those are
   * dropped.
   */
  async addresses(): Promise<LinkAddress[]> {
    const request: Request = {
      type: RTM.GETADDR,
      answerType: RTM.NEWADDR,
      body: (writer) => writer.append(new Uint8Array(ifaddrmsgLength)),
    };
    const addresses = await this.#dump(request, decodeAddress);
    return addresses.filter((address) => address !== undefined);
  }

  #dump<T>(request: Request, decode: Decode<T>): Promise<T[]> {
    return this.#connection.withLock(() => dump(this.#connection, request, decode));
  }

  /** Looks up the route to an address of 4 or 16 bytes in the kernel's current rules and tables. */
  async lookup(address: Uint8Array): Promise<RouteLookup> {
    const family = address.length === 4 ? AF_INET : AF_INET6;
    const request: Request = {
      type: RTM.GETROUTE,
      answerType: RTM.NEWROUTE,
      body: (writer) => {
        const header = new Uint8Array(rtmsgLength);
        header[0] = family;
        header[1] = 8 * address.length;
        writer.append(header).binary(RTA.DST, address);
      },
    };
    try {
      return await this.#connection.request(request, decodeRoute);
    } catch (error) {
      if (error instanceof NetlinkError && refusesRoute(error.errno)) return unreachable;
      throw error;
    }
  }
}

const unreachable: RouteLookup = { kind: 'unreachable', link: undefined, gateway: undefined };

/**
 * Returns whether an errno means that there is no route: `EINVAL` and `EACCES` come from blackhole and prohibit routes,
 * `EAGAIN` from a throw route (`fib_props`, net/ipv4/fib_semantics.c), and `EOPNOTSUPP` from a kernel without the address
 * family (`rtnetlink_rcv_msg`, net/core/rtnetlink.c).
 */
function refusesRoute(errno: number | undefined): boolean {
  return [ENETUNREACH, EHOSTUNREACH, EACCES, EINVAL, EAGAIN, EOPNOTSUPP].some((known) => known === errno);
}

function decodeLink(message: MessageReader): Link {
  const header = message.header(ifinfomsgLength);
  const attributes = message.attributes(ifinfomsgLength);
  let name = '';
  let mtu = 0;
  let kind: string | undefined;
  while (attributes.next()) {
    if (attributes.type === IFLA.IFNAME) name = attributes.string();
    else if (attributes.type === IFLA.MTU) mtu = attributes.u32();
    else if (attributes.type === IFLA.LINKINFO) kind = decodeKind(attributes.nested());
  }
  const flags = header.getUint32(8, littleEndian);
  return {
    index: header.getInt32(4, littleEndian),
    name,
    isUp: (flags & IFF_UP) !== 0,
    isMulticast: (flags & IFF_MULTICAST) !== 0,
    mtu,
    kind,
  };
}

function decodeKind(attributes: AttributeReader): string | undefined {
  while (attributes.next()) if (attributes.type === IFLA_INFO.KIND) return attributes.string();
  return undefined;
}

/** Length of an address in bytes, by family. */
const addressLengths: ReadonlyMap<number, number> = new Map([
  [AF_INET, 4],
  [AF_INET6, 16],
]);

/** Decodes an address; returns `undefined` for a family other than IPv4 and IPv6, and for a message without an address. */
function decodeAddress(message: MessageReader): LinkAddress | undefined {
  const header = message.header(ifaddrmsgLength);
  const length = addressLengths.get(header.getUint8(0));
  const attributes = message.attributes(ifaddrmsgLength);
  let address: Uint8Array = new Uint8Array();
  while (attributes.next()) {
    // IFA_LOCAL is this machine's address; on a point-to-point link, IFA_ADDRESS is the peer's.
    if (attributes.type === IFA.LOCAL || (attributes.type === IFA.ADDRESS && address.length === 0)) {
      address = attributes.bytes().slice();
    }
  }
  if (address.length !== length) return undefined;
  return {
    link: header.getUint32(4, littleEndian),
    address,
    prefixLength: header.getUint8(1),
    isDuplicate: (header.getUint8(2) & IFA_F_DADFAILED) !== 0,
  };
}

function decodeRoute(message: MessageReader): RouteLookup {
  const kind = routeKinds[message.header(rtmsgLength).getUint8(7)];
  const attributes = message.attributes(rtmsgLength);
  let link: number | undefined;
  let gateway: Uint8Array | undefined;
  while (attributes.next()) {
    if (attributes.type === RTA.OIF) link = attributes.u32();
    else if (attributes.type === RTA.GATEWAY) gateway = attributes.bytes().slice();
    else if (attributes.type === RTA.VIA) gateway = decodeVia(attributes);
  }
  return { kind: kind ?? 'unreachable', link, gateway };
}

/** Decodes `struct rtvia`, a gateway of another family than the destination; returns `undefined` unless it is IPv4 or IPv6. */
function decodeVia(attributes: AttributeReader): Uint8Array | undefined {
  const bytes = attributes.bytes();
  const family = new DataView(bytes.buffer, bytes.byteOffset).getUint16(0, littleEndian);
  const address = bytes.slice(2);
  return address.length === addressLengths.get(family) ? address : undefined;
}
