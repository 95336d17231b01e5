import { examine } from '../../doctor/examine.ts';
import { observe } from '../../doctor/observe/observe.ts';
import { report } from '../../doctor/report.ts';
import type { Ipvs } from '../../ipvs/client.ts';
import type { DoctorOptions } from '../../rules/command.ts';
import { readExpected } from '../doctor/read-expected.ts';
import { inOrder } from '../list/names.ts';
import { status } from '../status.ts';
import type { Streams } from '../stdio/streams.ts';

/**
 * Milliseconds for which a backup listens. A master with little to report sends every two seconds (`IPVS_SYNC_FLUSH_TIME`,
 * ip_vs.h).
 */
const listening = 3000;

/** Reports what keeps the services from working; the exit status tells whether there are findings. */
export async function doctor(
  ipvs: Ipvs | undefined,
  { verbose, expect }: DoctorOptions,
  { out, err }: Streams,
): Promise<number> {
  try {
    const expected = expect === undefined ? undefined : await readExpected(expect, err);
    if (expect !== undefined && !expected) return status.unusable;
    const system = await observe(ipvs, listening);
    const findings = examine({ ...system, table: inOrder(system.table), expected });
    out.write(report(findings, system, { isBrief: !verbose }));
    return findings.length > 0 ? status.findings : status.done;
  } catch (error) {
    err.write(`Cannot examine the system: ${error instanceof Error ? error.message : error}\n`);
    return status.unusable;
  }
}
