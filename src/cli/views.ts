import type { Command } from '../rules/command.ts';
import { defaults } from '../rules/defaults.ts';
import { inOrder, namer } from './entries.ts';
import type { Kernel } from './kernel.ts';
import type { Output } from './output.ts';
import { readWithProgress } from './read-table.ts';

/** Prints a view that is not the reference's. Each is loaded where it is used: one run shows one of them, if any. */
export async function printView(
  { service, options }: Extract<Command, { name: 'list' }>,
  kernel: Kernel,
  out: Output,
): Promise<void> {
  const { content } = options;
  if (options.prometheus) {
    const { printMetrics } = await import('./prometheus.ts');
    return printMetrics(kernel, options, out);
  }
  if (content === 'connection') {
    const { printTop } = await import('./top.ts');
    return printTop(options.top ?? defaults.top, options, out);
  }
  // The parser lets through no other view of these.
  if (content === 'timeout' || content === 'daemon') throw new TypeError(`there is no view of ${content}`);
  const columns = content;
  if (options.watch !== undefined) {
    const { startWatch } = await import('./watch/start.ts');
    return startWatch(kernel, { service, columns, options, interval: options.watch }, out);
  }

  const { ipvs, info } = kernel;
  const table = service
    ? [{ service: await ipvs.service(service), destinations: await ipvs.destinations(service) }]
    : await readWithProgress(ipvs);
  const endpoint = await namer(table, options.numeric);
  const entries = options.sorted ? inOrder(table) : table;
  const { printPretty } = await import('./pretty.ts');
  printPretty({ entries, columns, options, endpoint, info: service ? undefined : info }, out);
}
