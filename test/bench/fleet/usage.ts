import { readFileSync } from 'node:fs';
import type { EtcdMember } from '../../fleet/etcd/member.ts';

/** Resources that the members of an etcd cluster have used since they were started. */
export interface Usage {
  /** CPU seconds of all members, and of the one that has used most. */
  readonly cpu: number;
  readonly busiest: number;
  /** Bytes that clients have sent and received, as etcd counts them: as JSON they are a third more. */
  readonly bytes: number;
  /** Number of requests of clients. */
  readonly requests: number;
  /** Current memory of the largest member, and size of the largest database, in bytes. */
  readonly memory: number;
  readonly database: number;
}

const ticksPerSecond = 100;

/** Returns the resources that members have used so far. */
export async function usageOf(members: readonly EtcdMember[]): Promise<Usage> {
  const all = await Promise.all(
    members.map(async ({ pid, clientUrl }) => {
      const text = await (await fetch(`${clientUrl}/metrics`)).text();
      const sum = (name: string) =>
        [...text.matchAll(new RegExp(`^${name}(?:\\{.*\\})? (\\S+)$`, 'gm'))].reduce(
          (total, [, value]) => total + Number(value),
          0,
        );
      const [, memory] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1')) ?? [];
      return {
        cpu: cpuOf(pid),
        bytes: sum('etcd_network_client_grpc_(?:sent|received)_bytes_total'),
        requests: sum('grpc_server_started_total'),
        memory: 1024 * Number(memory),
        database: sum('etcd_mvcc_db_total_size_in_bytes'),
      };
    }),
  );
  const total = (name: 'cpu' | 'bytes' | 'requests') => all.reduce((sum, one) => sum + one[name], 0);
  const most = (name: 'cpu' | 'memory' | 'database') => Math.max(...all.map((one) => one[name]));
  return {
    ...{ cpu: total('cpu'), busiest: most('cpu'), bytes: total('bytes'), requests: total('requests') },
    ...{ memory: most('memory'), database: most('database') },
  };
}

/** Returns the CPU seconds that a process has used. */
function cpuOf(pid: number | undefined): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/** Returns the usage between two measurements, with memory and database as of the second one. */
export function between(before: Usage, after: Usage): Usage {
  return {
    ...after,
    cpu: after.cpu - before.cpu,
    busiest: after.busiest - before.busiest,
    bytes: after.bytes - before.bytes,
    requests: after.requests - before.requests,
  };
}
