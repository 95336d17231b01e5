import { surveyFleet } from '../../../fleet/status/fleet-state.ts';
import { fleetMetrics } from '../../../fleet/status/metrics.ts';
import { status } from '../../status.ts';
import { writeMetrics } from '../files.ts';
import type { Register } from '../register.ts';

export const registerMetrics: Register = (program, { onFleet }) => {
  program
    .command('metrics')
    .summary("print the fleet's metrics for Prometheus")
    .description(
      "Print metrics of the whole fleet in Prometheus' text format. Each agent writes its own with --metrics.",
    )
    .option('-o, --output <file>', "write to this file, for node_exporter's textfile collector")
    .action(({ output }: { readonly output?: string }, command) =>
      onFleet(command, async (session) => {
        const text = fleetMetrics(session.fleet, await surveyFleet(session.store, session.keys), Date.now());
        if (output === undefined) for (const piece of text) session.streams.out.write(piece);
        else writeMetrics(output, text);
        return status.done;
      }),
    );
};
