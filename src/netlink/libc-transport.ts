import { dlopen, read } from 'bun:ffi';
import { constants } from 'node:os';
import { littleEndian } from './byte-order.ts';
import { errnoName, NetlinkError } from './errors.ts';
import { receiveBufferSize, type Transport, type TransportListener } from './transport.ts';

// Numbers have the names that <sys/socket.h> and <linux/netlink.h> give them; they are those of x86-64 and arm64.

const AF_NETLINK = 16;
const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0x80000;
const SOL_SOCKET = 1;
const SO_RCVBUF = 8;
const MSG_TRUNC = 0x20;
const MSG_DONTWAIT = 0x40;

/** Bytes of `struct sockaddr_nl`: family and padding of 16 bits, port and groups of 32. */
const addressLength = 12;
const portOffset = 4;

/** The longest datagram of a dump that the kernel makes (`netlink_recvmsg`, net/netlink/af_netlink.c). */
const datagramSize = 32 * 1024;

/** Milliseconds between two looks for datagrams that come uncalled. */
const lookInterval = 100;

/** Opens a netlink socket of `protocol`. Throws {@link NetlinkError} (`SYSTEM`) when the system refuses it. */
export function openSocket(protocol: number): Transport {
  return new LibcTransport(protocol);
}

const { symbols: libc } = dlopen('libc.so.6', {
  socket: { args: ['i32', 'i32', 'i32'], returns: 'i32' },
  bind: { args: ['i32', 'ptr', 'u32'], returns: 'i32' },
  getsockname: { args: ['i32', 'ptr', 'ptr'], returns: 'i32' },
  setsockopt: { args: ['i32', 'i32', 'i32', 'ptr', 'u32'], returns: 'i32' },
  getsockopt: { args: ['i32', 'i32', 'i32', 'ptr', 'ptr'], returns: 'i32' },
  sendto: { args: ['i32', 'ptr', 'usize', 'i32', 'ptr', 'u32'], returns: 'i64_fast' },
  recvfrom: { args: ['i32', 'ptr', 'usize', 'i32', 'ptr', 'ptr'], returns: 'i64_fast' },
  close: { args: ['i32'], returns: 'i32' },
  __errno_location: { args: [], returns: 'ptr' },
});

/** Where this thread's errno is. */
const errnoLocation = libc.__errno_location();

/**
 * A {@link Transport} on the socket calls of the C library, for the runtime of the executable.
 *
 * The kernel does what a netlink request asks inside `sendto(2)`, and makes each next datagram of a dump when it hands out
 * the one before. So answers are read as soon as a request is sent, and until there are no more; nothing has to be waited for.
 */
class LibcTransport implements Transport {
  readonly port: number;
  readonly receiveBufferSize: number;
  readonly #fd: number;
  readonly #buffer = new Uint8Array(datagramSize);
  readonly #sender = new DataView(new ArrayBuffer(addressLength));
  readonly #senderLength = new Uint32Array(1);
  /** Keeps the process running while this is open, and finds what no request has called for. */
  readonly #looks: NodeJS.Timeout;
  #listener: TransportListener | undefined;
  #open = true;

  constructor(protocol: number) {
    this.#fd = checked('socket', libc.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol));
    try {
      checked('bind', libc.bind(this.#fd, kernelAddress, addressLength));
      const asked = Int32Array.of(receiveBufferSize);
      checked('setsockopt', libc.setsockopt(this.#fd, SOL_SOCKET, SO_RCVBUF, asked, asked.byteLength));
      const given = new Int32Array(1);
      checked('getsockopt', libc.getsockopt(this.#fd, SOL_SOCKET, SO_RCVBUF, given, Uint32Array.of(4)));
      this.receiveBufferSize = given[0] ?? 0;
      const own = new DataView(new ArrayBuffer(addressLength));
      checked('getsockname', libc.getsockname(this.#fd, own, Uint32Array.of(addressLength)));
      this.port = own.getUint32(portOffset, littleEndian);
    } catch (error) {
      libc.close(this.#fd);
      throw error;
    }
    this.#looks = setInterval(() => this.#receive(), lookInterval);
  }

  listen(listener: TransportListener): void {
    this.#listener = listener;
  }

  send(datagrams: readonly Uint8Array[]): void {
    for (const datagram of datagrams) {
      if (!this.#open) return;
      const sent = libc.sendto(this.#fd, datagram, datagram.length, 0, kernelAddress, addressLength);
      if (sent < 0) this.#listener?.error(systemError('sendto'));
      this.#receive();
    }
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    clearInterval(this.#looks);
    libc.close(this.#fd);
  }

  /** Hands on the datagrams that there are, as long as they are waited for. */
  #receive(): void {
    while (this.#open) {
      this.#senderLength[0] = addressLength;
      const flags = MSG_DONTWAIT | MSG_TRUNC;
      const { length: size } = this.#buffer;
      const length = libc.recvfrom(this.#fd, this.#buffer, size, flags, this.#sender, this.#senderLength);
      if (length < 0) {
        const error = systemError('recvfrom');
        if (error.errno !== constants.errno.EAGAIN) this.#listener?.error(error);
        return;
      } else if (length > size) {
        const message = `received ${size} bytes of a datagram of ${length}`;
        this.#listener?.error(new NetlinkError('TRUNCATED', message));
      } else {
        const sender = this.#sender.getUint32(portOffset, littleEndian);
        if (!this.#listener?.datagram(this.#buffer.subarray(0, length), sender)) return;
      }
    }
  }
}

/** The kernel's address, and the one that has the kernel choose a port for us: all zeros but the family. */
const kernelAddress = new Uint8Array(addressLength);
new DataView(kernelAddress.buffer).setUint16(0, AF_NETLINK, littleEndian);

/** What `call` returned, unless that tells of a failure. */
function checked(call: string, result: number): number {
  if (result < 0) throw systemError(call);
  return result;
}

/** Why the `call` made just now failed. */
function systemError(call: string): NetlinkError {
  const errno = read.i32(errnoLocation);
  const code = errno === constants.errno.ENOBUFS ? 'OVERRUN' : 'SYSTEM';
  return new NetlinkError(code, `${call}: ${errnoName(errno)}`, { errno });
}
