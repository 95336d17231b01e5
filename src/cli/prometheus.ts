import { readTotals } from '../ipvs/totals.ts';
import { formatMetrics } from '../view/prometheus.ts';
import { inOrder } from './entries.ts';
import type { Kernel } from './kernel.ts';
import type { Output } from './output.ts';
import { readWithProgress } from './read-table.ts';
import { replaceFile } from './replace-file.ts';

/** Prints the metrics of the whole table, or puts them into a file in one step. */
export async function printMetrics(
  { ipvs, info }: Kernel,
  file: string | undefined,
  out: Output,
): Promise<void> {
  const entries = inOrder(await readWithProgress(ipvs));
  const metrics = formatMetrics({ info, entries, totals: readTotals() });
  if (file !== undefined) return replaceFile(file, metrics);
  for (const text of metrics) out.write(text);
}
