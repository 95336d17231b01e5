import { ConnectionCounts } from '../../ipvs/proc/connection-counts.ts';
import { namesOf } from '../../names/address-names.ts';
import type { ListOptions } from '../../rules/command.ts';
import { endpointFormatter } from '../../view/endpoint.ts';
import { themeFor } from '../../view/framed-table/theme.ts';
import { formatRankings, rankedAddresses } from '../../view/top.ts';
import type { Output } from '../stdio/output.ts';
import { Progress } from '../stdio/progress.ts';
import { hasUtf8, standardOutput, viewWidth, wantsColors } from '../stdio/terminal.ts';

/** Prints rankings by number of connections, with the top `number` of each kind. */
export async function printTop(
  number: number,
  { numeric, color }: ListOptions,
  out: Output,
  path?: string,
): Promise<void> {
  const progress = new Progress('reading connections');
  const counts = new ConnectionCounts();
  for (const _ of counts.read(path)) progress.update(counts.total);
  progress.end();

  const rankings = counts.rankings(number);
  const names = numeric ? undefined : await namesOf(rankedAddresses(rankings));
  const terminal = standardOutput();
  const theme = themeFor({ utf8: hasUtf8(terminal), colors: wantsColors(color, terminal) });
  out.write(
    formatRankings(rankings, {
      names: { host: (address) => names?.host(address) ?? address.text, endpoint: endpointFormatter(names) },
      theme,
      width: viewWidth(terminal),
    }),
  );
}
