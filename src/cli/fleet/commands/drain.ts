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
      'Give a server weight 0 on all directors at once, whatever revisions say: it gets no new connections, and no rollout puts it back. A service keeps at least one other server.',
    )
    .argument('<SERVER>', 'an address, with or without :port')
    .option('-m, --message <text>', 'why', parseReason, '')
    .option('--wait', 'until every director reports no connection of it any more')
    .action((word: string, options: Options, command) =>
      onFleet(command, async (session) => {
        const override = { by: whoami(), since: new Date().toISOString(), reason: options.message };
        const server = await addOverride(session.store, session.keys, word, override);
        session.streams.out.write(`${server} is drained (ipvsadm-fleet undrain ${server} ends that)\n`);
        session.streams.out.flush();
        return options.wait ? wait(session, server) : status.done;
      }),
    );
};

export const registerUndrain: Register = (program, { onFleet }) => {
  program
    .command('undrain')
    .summary('give a server its weight again')
    .description('Give a server the weight again that the revision of each director names.')
    .argument('<SERVER>', 'as drain has it')
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
      const { connections, unanswered, away, refused } = drainProgress(fleet, server);
      if (refused.length > 0) throw new FleetError(refused.join('\n'));
      const waiting = [...unanswered, ...away];
      if (connections === 0 && waiting.length === 0) return status.done;
      const directors = waiting.length === 0 ? '' : `; not heard from ${waiting.join(', ')}`;
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
