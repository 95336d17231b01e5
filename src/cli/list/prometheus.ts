import type { Ipvs } from '../../ipvs/client.ts';
import { readTotals } from '../../ipvs/proc/totals.ts';
import { replaceFile } from '../../platform/replace-file.ts';
import type { ListOptions } from '../../rules/command.ts';
import { formatMetrics } from '../../view/prometheus.ts';
import type { Output } from '../stdio/output.ts';
import { inOrder, namesIn } from './names.ts';
import { readWithProgress } from './read-table.ts';

/** Prints the metrics of the whole table, or writes them to a file atomically. */
export async function printMetrics(
  ipvs: Ipvs,
  { prometheus = 'servers', output, numeric }: ListOptions,
  out: Output,
): Promise<void> {
  const entries = inOrder(await readWithProgress(ipvs));
  const names = prometheus === 'summary' ? undefined : await namesIn(entries, numeric);
  const metrics = formatMetrics(
    { info: await ipvs.info(), entries, totals: readTotals(), names },
    prometheus,
  );
  if (output !== undefined) return replaceFile(output, metrics, { mode: 0o644 });
  for (const text of metrics) out.write(text);
}
