import { randomUUID } from 'node:crypto';
import { Option } from 'commander';
import { readRevision } from '../../../fleet/revisions/read.ts';
import { readPrivateKey } from '../../../fleet/revisions/signature.ts';
import { placeRollout } from '../../../fleet/rollout/control.ts';
import { commonRevision } from '../../../fleet/rollout/revision-before.ts';
import { refuseConcurrent, startRollout } from '../../../fleet/rollout/start.ts';
import { parseWaves } from '../../../fleet/rollout/waves.ts';
import { readFleet } from '../../../fleet/status/fleet-state.ts';
import { driveHere } from '../drive.ts';
import { readNamed } from '../files.ts';
import type { Register } from '../register.ts';
import { readWayBack } from '../rollback-key.ts';
import { failureWords, offlineWords, type RolloutWords, rolloutOptions } from '../rollout-options.ts';
import { driverName, type Session } from '../session.ts';
import { parseCount, parseDuration, parseRevision } from '../values.ts';
import { reportOrRollBack } from './rollback.ts';

export const registerRollout: Register = (program, { onFleet }) => {
  program
    .command('rollout')
    .summary('update directors to a revision, wave by wave')
    .description(
      'Update all directors to revision N. First each director computes its plan, and you are asked to confirm the plans. Then the directors are updated wave by wave: backups first, and never two directors of a group at the same time. Each wave has to pass a gate: its directors have converged, ipvsadm --doctor has no new findings, the bake time is over, and your check command succeeds. Otherwise the rollout halts. If this command is killed, no further director is updated; resume continues.',
    )
    .argument('<N>', 'the number of a revision', parseRevision)
    .option('--canary <number>', 'directors in the first wave', parseCount, 1)
    .addOption(
      new Option('--waves <list>', 'directors updated in total after each further wave').default(
        '10%,50%,100%',
        '10%,50%,100%',
      ),
    )
    .addOption(
      new Option('--bake <time>', 'how long to watch each wave after it has converged')
        .argParser(parseDuration)
        .default(60, '60s'),
    )
    .addOption(
      new Option('--deadline <time>', 'how long a director may take to converge')
        .argParser(parseDuration)
        .default(300, '5m'),
    )
    .option('--max-failures <number>', 'how many directors may fail without halting', parseCount, 0)
    .addOption(
      new Option('--on-failure <word>', 'what to do when a gate fails')
        .choices(failureWords)
        .default('halt', 'halt'),
    )
    .addOption(
      new Option('--offline <word>', 'what to do about offline directors')
        .choices(offlineWords)
        .default('wait', 'wait'),
    )
    .option(
      '--confirm <time>',
      'a director goes back by itself if the rollout does not confirm it, or renew the time, for that long',
      parseDuration,
    )
    .option('--drain <time>', 'how long to wait for connections of removed servers', parseDuration)
    .option('--check <command>', 'shell command to run after each wave; halt if it fails')
    .option('--sign <key>', 'sign the revision of a rollback with this key')
    .option('--yes', 'do not ask for confirmation')
    .action((number: number, words: RolloutWords, command) =>
      onFleet(command, (session) => rollOut(session, number, words)),
    );
};

async function rollOut(session: Session, number: number, words: RolloutWords): Promise<number> {
  const { store, keys } = session;
  // A command line that is wrong is refused without asking the store.
  const waves = parseWaves(words.waves);
  const options = rolloutOptions(words);
  const key = words.sign === undefined ? undefined : readPrivateKey(readNamed(words.sign));
  const fleet = await readFleet(store, keys);
  refuseConcurrent(fleet);
  await readRevision(store, keys, number);
  const id = randomUUID();
  const holder = driverName();
  const rollout = startRollout(fleet, {
    revision: number,
    canary: words.canary,
    waves,
    options,
    id,
    holder,
    now: Date.now(),
  });
  if (words.onFailure === 'rollback')
    await readWayBack(session, fleet, { from: number, to: commonRevision(rollout), key });
  await placeRollout(store, keys, fleet.rollout, rollout);
  const end = await driveHere(session, { id, holder, yes: words.yes ?? false, check: words.check });
  return reportOrRollBack(session, end, key);
}
