import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Agent } from '../../fleet/agent/agent.ts';
import { KernelDirector } from '../../fleet/agent/kernel-director.ts';
import { runAgent } from '../../fleet/agent/loop.ts';
import { notifier } from '../../fleet/agent/notify.ts';
import { StateFolder } from '../../fleet/agent/state-folder.ts';
import { checkName } from '../../fleet/documents/names.ts';
import type { Report } from '../../fleet/documents/report.ts';
import { FleetError } from '../../fleet/fleet-error.ts';
import { agentMetrics } from '../../fleet/status/metrics.ts';
import { visible } from '../../platform/visible.ts';
import { untilSignal } from '../draining/drain-servers.ts';
import { status } from '../status.ts';
import { version } from '../version.ts';
import { type GuardWords, planOptions, readTrusted } from './agent-options.ts';
import { sentencing, writeMetrics } from './files.ts';
import type { Register } from './register.ts';
import type { Session } from './session.ts';
import { gather } from './values.ts';

interface Options extends GuardWords {
  readonly once?: true;
  readonly acceptStore?: true;
  readonly trust?: readonly string[];
  readonly metrics?: string;
}

/** Where an agent keeps its state. */
const stateFolder = '/var/lib/ipvsadm';

export const registerAgent: Register = (program, { onFleet }) => {
  program
    .command('agent')
    .summary('run on a director, and make its table what rollouts say')
    .description(
      'Run on a director: make its table what its target in the store says, all of it or nothing, and report. While the store is gone the table stays as it is; after a start of the machine the last good revision is restored without the store.',
    )
    .option('--director <name>', "this director's name in the fleet (the host's name)")
    .option('--state-dir <dir>', `where the last good revision is kept (${stateFolder})`)
    .option('--once', 'one turn only')
    .option('--trust <file>', 'take only revisions signed with this key; repeatable', gather)
    .option('--accept-store', 'obey the store that is there, though it is another one or older')
    .option('--only <pattern>', 'leave other services alone; repeatable', gather)
    .option('--except <pattern>', 'leave services that match alone; repeatable', gather)
    .option('--keep-weights', 'servers that are there keep their weights')
    .option('--max-removals <limit>', 'refuse to remove more services or servers: 5, 25%')
    .option('--min-servers <limit>', 'refuse to leave a service with fewer servers: 2, 50%')
    .option('--metrics <file>', 'write metrics for node_exporter after each turn')
    .action((options: Options, command) => onFleet(command, (session) => run(session, options)));
};

function run(session: Session, options: Options): Promise<number> {
  const { store, keys, fleet, words, streams } = session;
  const trusted = readTrusted(options.trust ?? words.trust?.split(/[\s,]+/) ?? []);
  const name = checkName('director', words.director ?? shortName());
  return untilSignal(async (stop) => {
    const agent: Agent = {
      store,
      keys,
      fleet,
      name,
      director: new KernelDirector(),
      keeper: openFolder(join(words['state-dir'] ?? stateFolder, fleet)),
      options: planOptions(options),
      trusted: trusted.length > 0 ? trusted : undefined,
      now: Date.now,
      version,
      stop,
      log(sentence) {
        streams.err.write(`${visible(sentence)}\n`);
        streams.err.flush();
      },
    };
    let lastContact: number | undefined;
    const keepMetrics = options.metrics === undefined ? () => {} : metricsWriter(options.metrics, agent);
    const report = await runAgent(agent, {
      boot: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
      once: options.once ?? false,
      accept: options.acceptStore ?? false,
      notify: notifier(process.env),
      onTurn(turned, contact) {
        lastContact = contact;
        keepMetrics(turned, contact);
      },
    });
    if (report.refusal) agent.log(`refused: ${report.refusal.reason}`);
    if (!options.once) return status.done;
    if (report.refusal) return status.guarded;
    return lastContact === undefined ? status.illegal : status.done;
  });
}

/** Returns what writes a turn's findings into a file. Where it cannot, the agent says so once, and goes on. */
function metricsWriter(file: string, { name, log }: Agent) {
  let complaint = '';
  return (report: Report, contact: number | undefined) => {
    try {
      writeMetrics(file, agentMetrics(name, report, contact));
      complaint = '';
    } catch (error) {
      if (!(error instanceof FleetError)) throw error;
      if (error.message !== complaint) log(error.message);
      complaint = error.message;
    }
  };
}

function openFolder(folder: string): StateFolder {
  return sentencing(`cannot keep the agent's state in ${folder}`, () => new StateFolder(folder));
}

function shortName(): string {
  return hostname().split('.')[0] ?? '';
}
