import type { Override } from '../../../fleet/documents/operator.ts';
import { addOverride, removeOverride } from '../../../fleet/overrides/change.ts';
import { untilSignal } from '../../stdio/until-signal.ts';
import { followDraining, followUndraining } from '../follow-draining.ts';
import type { Register } from '../register.ts';
import { whoami } from '../session.ts';
import { parseReason } from '../values.ts';

interface Options {
  readonly message?: string;
  readonly wait?: true;
}

export const registerDrain: Register = (program, { onFleet }) => {
  program
    .command('drain')
    .summary('take a server out of service on all directors at once')
    .description(
      'Set the weight of a server to 0 on all directors at once: it gets no new connections, and no rollout puts it back into service. A director does not drain the last server of a service. Exits with 1 if a director refuses.',
    )
    .argument('<SERVER>', 'an address, with or without :port')
    .option('-m, --message <text>', 'why', parseReason)
    .option('--wait', 'wait until it has no connections left on any director')
    .action((word: string, options: Options, command) =>
      onFleet(command, async (session) => {
        const placed = await addOverride(session.store, session.keys, word, decision(options.message ?? ''));
        return untilSignal((stop) => followDraining(session, placed, options.wait === true, stop));
      }),
    );
};

export const registerUndrain: Register = (program, { onFleet }) => {
  program
    .command('undrain')
    .summary('put a drained server back into service')
    .description(
      'Put a drained server back into service, with the weight that the revision of each director gives it. Exits with 1 if another drain still applies to it.',
    )
    .argument('<SERVER>', 'the server, as given to drain')
    .action((word: string, _, command) =>
      onFleet(command, async (session) => {
        const removed = await removeOverride(session.store, session.keys, word, decision(''));
        return untilSignal((stop) => followUndraining(session, removed, stop));
      }),
    );
};

function decision(reason: string): Override {
  return { by: whoami(), since: new Date().toISOString(), reason };
}
