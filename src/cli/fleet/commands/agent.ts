import type { KeyObject } from 'node:crypto';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Agent } from '../../../fleet/agent/agent.ts';
import { FleetOrders } from '../../../fleet/agent/fleet-orders.ts';
import { KernelDirector } from '../../../fleet/agent/kernel-director.ts';
import { runAgent } from '../../../fleet/agent/loop.ts';
import { bootId, machineHere } from '../../../fleet/agent/machine.ts';
import { notifier } from '../../../fleet/agent/notify.ts';
import type { OrderSource } from '../../../fleet/agent/orders.ts';
import { RuleFileOrders } from '../../../fleet/agent/rule-file-orders.ts';
import { StateFolder } from '../../../fleet/agent/state-folder.ts';
import { cut } from '../../../fleet/documents/fields.ts';
import { checkName } from '../../../fleet/documents/names.ts';
import type { Report } from '../../../fleet/documents/report.ts';
import { FleetError } from '../../../fleet/fleet-error.ts';
import { readPublicKey } from '../../../fleet/revisions/signature.ts';
import { isRuleSource, openRuleSource } from '../../../fleet/rule-source/open.ts';
import { agentMetrics } from '../../../fleet/status/metrics.ts';
import { visible } from '../../../platform/visible.ts';
import { restoreOption } from '../../restore/command-line.ts';
import { status } from '../../status.ts';
import type { Streams } from '../../stdio/streams.ts';
import { untilSignal } from '../../stdio/until-signal.ts';
import { version } from '../../version.ts';
import { type GuardWords, readGuards } from '../agent-options.ts';
import { explainingErrors, readNamed, writeMetrics } from '../files.ts';
import type { Register } from '../register.ts';
import { withSession } from '../session.ts';
import { type RawSettings, settingsOf } from '../settings.ts';
import { gather, parseDuration } from '../values.ts';

interface Options extends GuardWords {
  readonly once?: true;
  readonly acceptStore?: true;
  readonly trust?: readonly string[];
  readonly metrics?: string;
  readonly drain?: number;
  readonly allowEmpty?: true;
}

/** Maximum length of a line in the log, in characters: it may quote what others have written, such as a line of a rule file. */
const longestLine = 2000;

/** Default parent folder of an agent's state. */
const stateFolder = '/var/lib/ipvsadm';

export const registerAgent: Register = (program, { withSettings }) => {
  program
    .command('agent')
    .summary('run on a director: apply what rollouts set as its target')
    .description(
      'Run on a director: make its table equal to its target revision in the store, completely or not at all, and report. While the store is unreachable the table stays as it is; after a reboot the last good revision is restored without the store. With --store https://HOST/PATH or file:/PATH the agent follows that rule file instead: each change of the file becomes a revision.',
    )
    .option('--director <name>', 'name of this director in the fleet (default: host name)')
    .option('--state-dir <dir>', `folder for its state and last good revision (default: ${stateFolder})`)
    .option('--once', 'apply and report once, then exit')
    .option('--trust <file>', 'accept only revisions signed with this key; repeatable', gather)
    .option('--accept-store', 'accept the store as it is, though it is another one or older')
    .addOption(restoreOption('only').argParser(gather))
    .addOption(restoreOption('except').argParser(gather))
    .addOption(restoreOption('keep-weights'))
    .addOption(restoreOption('max-removals'))
    .addOption(restoreOption('min-servers'))
    .option('--metrics <file>', 'write metrics for node_exporter after each update')
    .option('--drain <time>', 'with a rule file: drain servers before they are removed', parseDuration)
    .option('--allow-empty', 'with a rule file: accept one without services')
    .action((options: Options, command) =>
      withSettings(command, (words, streams) => run({ words, streams, options })),
    );
};

/** Command line of an agent, and the process's streams. */
interface Call {
  readonly words: RawSettings;
  readonly streams: Streams;
  readonly options: Options;
}

/** Opens the source of orders for the agent of that name; `stop` ends the source. */
type OpenOrders = (name: string, stop: AbortSignal) => OrderSource;

function run(call: Call): Promise<number> {
  return isRuleSource(settingsOf(call.words).store) ? followRuleFile(call) : followRollouts(call);
}

function followRollouts(call: Call): Promise<number> {
  const { words, streams, options } = call;
  if (options.drain !== undefined || options.allowEmpty)
    throw new FleetError(
      '--drain and --allow-empty are for rule files only; in a fleet give them to rollout and publish',
    );
  const trusted = trustedKeys(call);
  return withSession(words, streams, ({ store, keys, fleet }) =>
    runWith(
      call,
      (name, stop) =>
        new FleetOrders({ store, keys, fleet, name, machine: machineHere(), trusted, now: Date.now, stop }),
    ),
  );
}

async function followRuleFile(call: Call): Promise<number> {
  if (trustedKeys(call)) throw new FleetError('rule files are not signed: --trust is for fleets only');
  if (call.options.acceptStore)
    throw new FleetError('rule files have no identity: --accept-store is for fleets only');
  const { drain, allowEmpty = false } = call.options;
  const { store: address, storeOptions } = settingsOf(call.words);
  const source = openRuleSource(address, storeOptions);
  try {
    return await runWith(
      call,
      (_, stop) => new RuleFileOrders(source, { drain, allowEmpty, now: Date.now, stop }),
    );
  } finally {
    source.close();
  }
}

function runWith({ words, streams, options }: Call, open: OpenOrders): Promise<number> {
  const { fleet } = settingsOf(words);
  const name = checkName('director', words.director ?? shortName());
  const folder = join(words['state-dir'] ?? stateFolder, fleet);
  const log = (sentence: string): void => {
    streams.err.write(`${visible(cut(sentence, longestLine))}\n`);
    streams.err.flush();
  };
  return untilSignal(async (stop) => {
    const keeper = await openFolder(folder, log);
    if (!keeper) {
      // An interrupted flock(1) does not tell whether the folder is locked.
      if (stop.aborted) return status.interrupted;
      throw new FleetError(`another agent is running with its state in ${folder}`);
    }
    const agent: Agent = {
      orders: open(name, stop),
      director: new KernelDirector(log),
      keeper,
      options: readGuards(options),
      now: Date.now,
      version,
      stop,
      log,
    };
    let lastContact: number | undefined;
    const keepMetrics =
      options.metrics === undefined ? () => {} : metricsWriter(options.metrics, { fleet, name }, agent.log);
    const report = await runAgent(agent, {
      boot: bootId(),
      once: options.once ?? false,
      accept: options.acceptStore ?? false,
      notify: notifier(process.env),
      onTurn(turned, contact) {
        lastContact = contact;
        keepMetrics(turned, contact);
      },
    });
    if (!options.once) return status.done;
    if (stop.aborted) return status.interrupted;
    if (report.refusal) return status.guarded;
    return lastContact === undefined ? status.unusable : status.done;
  });
}

/** Returns the trusted keys; undefined if no signature is required. */
function trustedKeys({ words, options }: Call): readonly KeyObject[] | undefined {
  const files = options.trust ?? words.trust?.split(/[\s,]+/) ?? [];
  const trusted = files.map((file) => readPublicKey(readNamed(file)));
  return trusted.length > 0 ? trusted : undefined;
}

/** Returns a function that writes the metrics of a turn to a file. An error is logged once, and the agent continues. */
function metricsWriter(
  file: string,
  { fleet, name }: { readonly fleet: string; readonly name: string },
  log: Agent['log'],
) {
  let complaint = '';
  return (report: Report, contact: number | undefined) => {
    try {
      writeMetrics(file, agentMetrics(fleet, name, report, contact));
      complaint = '';
    } catch (error) {
      if (!(error instanceof FleetError)) throw error;
      if (error.message !== complaint) log(error.message);
      complaint = error.message;
    }
  };
}

/**
 * Opens the folder of an agent's state and locks it for this process; resolves to undefined if another agent has locked it. If
 * locking is impossible, logs that and continues without the lock.
 */
async function openFolder(path: string, log: Agent['log']): Promise<StateFolder | undefined> {
  const folder = explainingErrors(`cannot save the agent's state in ${path}`, () => new StateFolder(path));
  const isOurs = await folder.lock().catch((error: unknown) => {
    log(`cannot lock ${path}: ${error instanceof Error ? error.message : error}`);
    return true;
  });
  return isOurs ? folder : undefined;
}

function shortName(): string {
  return hostname().split('.')[0] ?? '';
}
