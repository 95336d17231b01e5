import { Address } from '../../ipvs/address.ts';

/** Contents of a sync message about the director that sent it. */
export interface SyncMessage {
  readonly syncId: number;
  /** Virtual addresses of its connections, one per connection. */
  readonly virtual: readonly Address[];
}

/** Lengths in bytes of a message's header, and of the part of a connection before its addresses. */
const headerLength = 8;
const fixedLength = 24;

/**
 * Decodes a sync message of version 1 (`struct ip_vs_sync_mesg` and `union ip_vs_sync_conn`, net/netfilter/ipvs/ip_vs_sync.c):
 * `u8 0, u8 syncid, be16 size, u8 count, s8 version, be16 spare`, then connections: `u8 type, u8 protocol, be16 size, be32
 * flags, be16 state, be16 ports of client, service and server, be32 mark, be32 timeout`, addresses of client, service and
 * server. Returns `undefined` for anything else, such as messages of kernels before 2.6.39.
 */
export function parseSyncMessage(bytes: Uint8Array): SyncMessage | undefined {
  if (bytes.length < headerLength || bytes[0] !== 0 || bytes[5] !== 1) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint16(2) > bytes.length) return undefined;
  const virtual: Address[] = [];
  let at = headerLength;
  for (let left = view.getUint8(4); left > 0; left--) {
    if (at + fixedLength + 8 > bytes.length) return undefined;
    const addressLength = view.getUint8(at) & 1 ? 16 : 4;
    const service = at + fixedLength + addressLength;
    if (service + 2 * addressLength > bytes.length) return undefined;
    // A firewall-mark connection contains the destination address of its packets too.
    virtual.push(Address.from(bytes.subarray(service, service + addressLength)));
    // The upper four bits are the version of the connection's format; connections are aligned to four bytes.
    at += ((view.getUint16(at + 2) & 0xfff) + 3) & ~3;
  }
  return { syncId: view.getUint8(1), virtual };
}
