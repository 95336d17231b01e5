import { readFileSync } from 'node:fs';
import { parseHexAddress } from './hex-address.ts';
import type { DestinationId, DestinationSummary, Forwarding, ServiceId } from './model.ts';

const tableFile = '/proc/net/ip_vs';

const forwardings: Readonly<Record<string, Forwarding>> = {
  Masq: 'masquerade',
  Local: 'local',
  Tunnel: 'tunnel',
  Route: 'route',
  Bypass: 'bypass',
};

/**
 * The real servers of every service at an address, as `/proc/net/ip_vs` has them (`net/netfilter/ipvs/ip_vs_ctl.c`),
 * by {@link serviceKey}. The kernel writes a service and its servers in one piece, so no server stands under another
 * service, whatever changes meanwhile; a whole service may be missed then. Services of firewall marks are left out:
 * the file does not tell their family. `undefined` where the file cannot be read.
 */
export function readProcTable(path = tableFile): Map<string, DestinationSummary[]> | undefined {
  const lines = readLines(path);
  if (!lines) return undefined;
  const servers = new Map<string, DestinationSummary[]>();
  let current: DestinationSummary[] = [];
  for (const line of lines) {
    if (line.startsWith('  -> ')) {
      const server = parseServer(line);
      if (server) current.push(server);
    } else if (/^(TCP|UDP|SCTP) /.test(line)) {
      const [protocol = '', endpoint = ''] = line.split(/ +/);
      current = [];
      servers.set(`${protocol} ${endpoint}`, current);
    } else {
      current = [];
    }
  }
  return servers;
}

/** What a service at an address is found by among what {@link readProcTable} gives. */
export function serviceKey(id: ServiceId): string | undefined {
  if (id.kind === 'fwmark') return undefined;
  const { family, bytes } = id.address;
  const hex = Buffer.from(bytes).toString('hex');
  const host = family === 'inet' ? hex.toUpperCase() : `[${hex.replace(/....(?=.)/g, '$&:')}]`;
  return `${id.protocol.toUpperCase()} ${host}:${id.port.toString(16).toUpperCase().padStart(4, '0')}`;
}

function readLines(path: string): string[] | undefined {
  try {
    return readFileSync(path, 'latin1').split('\n');
  } catch {
    return undefined;
  }
}

function parseServer(line: string): DestinationSummary | undefined {
  const [, , endpoint = '', forward = '', weight, active, inactive] = line.split(/ +/);
  const forwarding = forwardings[forward];
  return (
    forwarding && {
      id: parseEndpoint(endpoint),
      forwarding,
      weight: Number(weight),
      activeConnections: Number(active),
      inactiveConnections: Number(inactive),
    }
  );
}

function parseEndpoint(text: string): DestinationId {
  const colon = text.lastIndexOf(':');
  const host = text.startsWith('[') ? text.slice(1, colon - 1) : text.slice(0, colon);
  return { address: parseHexAddress(host), port: Number.parseInt(text.slice(colon + 1), 16) };
}
