import { readTotals } from '../ipvs/proc/totals.ts';
import type { ListOptions } from '../rules/command.ts';
import { formatMetrics } from '../view/prometheus.ts';
import { inOrder, namesIn } from './entries.ts';
import type { Kernel } from './kernel.ts';
import type { Output } from './output.ts';
import { readWithProgress } from './read-table.ts';
import { replaceFile } from './replace-file.ts';

/** Prints the metrics of the whole table, or puts them into a file in one step. */
export async function printMetrics(
  { ipvs, info }: Kernel,
  { prometheus = 'servers', output, numeric }: ListOptions,
  out: Output,
): Promise<void> {
  const entries = inOrder(await readWithProgress(ipvs));
  const names = prometheus === 'summary' ? undefined : await namesIn(entries, numeric);
  const metrics = formatMetrics({ info, entries, totals: readTotals(), names }, prometheus);
  if (output !== undefined) return replaceFile(output, metrics, { mode: 0o644 });
  for (const text of metrics) out.write(text);
}
