import { examine } from '../../doctor/examine.ts';
import { observe } from '../../doctor/observe/observe.ts';
import { report } from '../../doctor/report.ts';
import type { Ipvs } from '../../ipvs/client.ts';
import type { DoctorOptions } from '../../rules/command.ts';
import { inOrder } from '../list/names.ts';
import { status } from '../status.ts';
import type { Streams } from '../stdio/streams.ts';

/** Says what keeps the services from working; the exit status tells whether there is anything. */
export async function doctor(
  ipvs: Ipvs | undefined,
  { verbose }: DoctorOptions,
  { out, err }: Streams,
): Promise<number> {
  try {
    const system = await observe(ipvs);
    const findings = examine({ ...system, table: inOrder(system.table) });
    out.write(report(findings, system, { isBrief: !verbose }));
    return findings.length > 0 ? status.findings : status.done;
  } catch (error) {
    err.write(`The system cannot be looked at: ${error instanceof Error ? error.message : error}\n`);
    return status.illegal;
  }
}
