import { constants } from 'node:os';
import { RawNetlinkSocket } from 'netlink/dist/raw.js';
import { NetlinkError } from './errors.ts';
import { receiveBufferSize, type Transport, type TransportListener } from './transport.ts';

/**
 * The kernel never makes a datagram of a dump longer than this, and makes them this long
 * when it has seen that so much can be received at once (`netlink_dump`, net/netlink/af_netlink.c).
 */
const datagramSize = 8 * 1024;

/** Opens a netlink socket of `protocol`. Throws {@link NetlinkError} (`SYSTEM`) when the system refuses it. */
export function openSocket(protocol: number): Transport {
  try {
    return new NativeTransport(protocol);
  } catch (error) {
    throw systemError(error);
  }
}

/** A {@link Transport} on the raw socket of the `netlink` package. */
class NativeTransport implements Transport {
  readonly port: number;
  readonly receiveBufferSize: number;
  readonly #socket: RawNetlinkSocket;
  #open = true;

  constructor(protocol: number) {
    this.#socket = new RawNetlinkSocket(protocol, {
      messagePeeking: false,
      msgBufferSize: datagramSize,
      recvBufferSize: receiveBufferSize,
      // Zero leaves it as it is.
      sendBufferSize: 0,
    });
    this.port = this.#socket.address().port;
    this.receiveBufferSize = this.#socket.getRecvBufferSize();
  }

  listen(listener: TransportListener): void {
    this.#socket.on('message', (bytes, sender) => {
      if (this.#open) listener.datagram(bytes, sender.port);
    });
    this.#socket.on('truncatedMessage', (bytes, sender) => {
      const message = `received ${bytes.length} bytes of a datagram of ${sender.truncated}`;
      if (this.#open) listener.error(new NetlinkError('TRUNCATED', message));
    });
    this.#socket.on('error', (error) => {
      if (this.#open) listener.error(systemError(error));
    });
  }

  send(parts: readonly Uint8Array[]): void {
    // Without a callback the socket reports a failure as its `error` event.
    this.#socket.send([...parts]);
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    // The binding dereferences its poll handle after its callbacks return, so it must not be closed inside one.
    setImmediate(() => this.#socket.close());
  }
}

/** What the binding threw or emitted, with its errno. */
function systemError(cause: unknown): NetlinkError {
  const errno = cause instanceof Error && 'errno' in cause ? Number(cause.errno) : undefined;
  const code = errno === constants.errno.ENOBUFS ? 'OVERRUN' : 'SYSTEM';
  const message = cause instanceof Error ? cause.message : String(cause);
  return new NetlinkError(code, message, { ...(errno !== undefined && { errno }), cause });
}
