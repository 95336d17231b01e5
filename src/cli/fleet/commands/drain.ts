import { FleetError } from '../../../fleet/fleet-error.ts';
import { addOverride, drainProgress, removeOverride } from '../../../fleet/overrides/change.ts';
import { readFleet } from '../../../fleet/status/fleet-state.ts';
import { sleep } from '../../../rollout/sleep.ts';
import { counted } from '../../../rules/counted.ts';
import { untilSignal } from '../../draining/drain-servers.ts';
import { status } from '../../status.ts';
import type { Register } from '../register.ts';
import { type Session, whoami } from '../session.ts';
import { plainText } from '../table.ts';
import { parseReason } from '../values.ts';

interface Options {
  readonly message: string;
  readonly wait?: true;
}

export const registerDrain: Register = (program, { onFleet }) => {
  program
    .command('drain')
    .summary('take a server out of service on all directors at once')
    .description(
      'Set the weight of a server to 0 on all directors at once: it gets no new connections, and no rollout puts it back into service. A director does not drain the last server of a service.',
    )
    .argument('<SERVER>', 'an address, with or without :port')
    .option('-m, --message <text>', 'why', parseReason, '')
    .option('--wait', 'wait until it has no connections left on any director')
    .action((word: string, options: Options, command) =>
      onFleet(command, async (session) => {
        const override = { by: whoami(), since: new Date().toISOString(), reason: options.message };
        const server = await addOverride(session.store, session.keys, word, override);
        session.streams.out.write(`${server} is drained; to put it back: ipvsadm-fleet undrain ${server}\n`);
        session.streams.out.flush();
        return options.wait ? wait(session, server) : status.done;
      }),
    );
};

export const registerUndrain: Register = (program, { onFleet }) => {
  program
    .command('undrain')
    .summary('put a drained server back into service')
    .description(
      'Put a drained server back into service, with the weight that the revision of each director gives it.',
    )
    .argument('<SERVER>', 'the server, as given to drain')
    .action((word: string, _, command) =>
      onFleet(command, async (session) => {
        session.streams.out.write(
          `${await removeOverride(session.store, session.keys, word)} is in service again\n`,
        );
        return status.done;
      }),
    );
};

function wait({ store, keys, streams: { err } }: Session, server: string): Promise<number> {
  return untilSignal(async (stop) => {
    let last = '';
    while (!stop.aborted) {
      const fleet = await readFleet(store, keys);
      const { connections, unanswered, offline, refused } = drainProgress(fleet, server);
      if (refused.length > 0) throw new FleetError(refused.join('\n'));
      const waiting = [...unanswered, ...offline];
      if (connections === 0 && waiting.length === 0) return status.done;
      const directors = waiting.length === 0 ? '' : `; no report yet from ${waiting.join(', ')}`;
      const text = `${counted(connections, 'connection')} left${directors}`;
      if (text !== last) err.write(`${plainText(text)}\n`);
      err.flush();
      last = text;
      await store.watch(keys.state, fleet.revision + 1n, stop, 10_000);
      await sleep(200, stop);
    }
    return status.interrupted;
  });
}
