import { randomUUID } from 'node:crypto';
import { Option } from 'commander';
import { readRevision } from '../../../fleet/revisions/read.ts';
import { readPrivateKey } from '../../../fleet/revisions/signature.ts';
import { placeRollout } from '../../../fleet/rollout/control.ts';
import { demandWayBack, refuseSecond, startRollout } from '../../../fleet/rollout/start.ts';
import { parseWaves } from '../../../fleet/rollout/waves.ts';
import { readFleet } from '../../../fleet/status/fleet-state.ts';
import { driveHere } from '../drive.ts';
import { readNamed } from '../files.ts';
import type { Register } from '../register.ts';
import { failureWords, offlineWords, type RolloutWords, rolloutOptions } from '../rollout-options.ts';
import { driverName, type Session } from '../session.ts';
import { parseCount, parseDuration, parseRevision } from '../values.ts';
import { demandKey, endOrGoBack } from './rollback.ts';

export const registerRollout: Register = (program, { onFleet }) => {
  program
    .command('rollout')
    .summary('bring directors to a revision, wave by wave')
    .description(
      'Bring all directors to revision N. First each of them says what it would change, and you are asked; then they are told wave by wave, those that back others up first and never two of one group at the same time. Behind each wave is a gate: all of it has converged, has no new finding of --doctor, has baked, and passes your check. Where the gate stays shut, the rollout halts. Killed or cut off, nothing further happens: resume goes on.',
    )
    .argument('<N>', 'the number of a revision', parseRevision)
    .option('--canary <number>', 'directors in the first wave', parseCount, 1)
    .option('--waves <list>', 'directors that are changed at the end of each further wave', '10%,50%,100%')
    .addOption(
      new Option('--bake <time>', 'how long each wave is watched')
        .argParser(parseDuration)
        .default(60, '60s'),
    )
    .addOption(
      new Option('--deadline <time>', 'how long a director may take to converge')
        .argParser(parseDuration)
        .default(300, '5m'),
    )
    .option('--max-failures <number>', 'so many directors may fail', parseCount, 0)
    .addOption(
      new Option('--on-failure <word>', 'what comes then').choices(failureWords).default('halt', 'halt'),
    )
    .addOption(
      new Option('--offline <word>', 'what becomes of directors that are not heard of')
        .choices(offlineWords)
        .default('wait', 'wait'),
    )
    .option(
      '--confirm <time>',
      'a director whose wave is not judged in that time goes back by itself',
      parseDuration,
    )
    .option('--drain <time>', 'let connections of removed servers end first', parseDuration)
    .option('--check <command>', 'run this behind each wave; another exit status than 0 halts')
    .option('--sign <key>', 'sign the revision of a rollback with this private key')
    .option('--yes', 'do not ask')
    .action((number: number, words: RolloutWords, command) =>
      onFleet(command, (session) => rollOut(session, number, words)),
    );
};

async function rollOut(session: Session, number: number, words: RolloutWords): Promise<number> {
  const { store, keys } = session;
  const key = words.sign === undefined ? undefined : readPrivateKey(readNamed(words.sign));
  const fleet = await readFleet(store, keys);
  refuseSecond(fleet);
  const { revision } = await readRevision(store, keys, number);
  if (words.onFailure === 'rollback') demandKey(revision, key);
  const id = randomUUID();
  const holder = driverName();
  const rollout = startRollout(fleet, {
    revision: number,
    canary: words.canary,
    waves: parseWaves(words.waves),
    options: rolloutOptions(words),
    id,
    holder,
    now: Date.now(),
  });
  if (words.onFailure === 'rollback') demandWayBack(rollout);
  await placeRollout(store, keys, fleet.rollout, rollout);
  const end = await driveHere(session, { id, holder, yes: words.yes ?? false, check: words.check });
  return endOrGoBack(session, end, key);
}
