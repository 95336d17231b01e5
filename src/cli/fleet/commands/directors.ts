import { checkName } from '../../../fleet/documents/names.ts';
import { changeSettings, forgetDirector } from '../../../fleet/status/settings.ts';
import { status } from '../../status.ts';
import type { Register } from '../register.ts';
import { whoami } from '../session.ts';
import { parseReason } from '../values.ts';

export const registerHold: Register = (program, { onFleet }) => {
  program
    .command('hold')
    .summary('exclude a director from rollouts')
    .description(
      'Exclude a director from rollouts until it is released. Its agent keeps running and reporting.',
    )
    .argument('<DIRECTOR>', 'its name, as status shows it')
    .option('-m, --message <text>', 'why', parseReason)
    .action((director: string, { message = '' }: { readonly message?: string }, command) =>
      onFleet(command, async (session) => {
        const held = { by: whoami(), since: new Date().toISOString(), reason: message };
        await changeSettings(session.store, session.keys, director, (settings) => ({ ...settings, held }));
        session.streams.out.write(`${director} is on hold\n`);
        return status.done;
      }),
    );
};

export const registerRelease: Register = (program, { onFleet }) => {
  program
    .command('release')
    .summary('include a director in rollouts again')
    .description('End a hold: the next rollout includes the director again.')
    .argument('<DIRECTOR>', 'its name, as status shows it')
    .action((director: string, _, command) =>
      onFleet(command, async (session) => {
        await changeSettings(
          session.store,
          session.keys,
          director,
          ({ held: _held, ...settings }) => settings,
        );
        session.streams.out.write(`${director} is released\n`);
        return status.done;
      }),
    );
};

export const registerGroup: Register = (program, { onFleet }) => {
  program
    .command('group')
    .summary('put a director into a group, such as a pair')
    .description(
      'Put a director into a group, such as a pair: no two directors of a group are updated at the same time.',
    )
    .argument('<DIRECTOR>', 'its name, as status shows it')
    .argument('[NAME]', 'the group; without it, the director leaves its group')
    .action((director: string, name: string | undefined, _, command) =>
      onFleet(command, async (session) => {
        const group = name === undefined ? {} : { group: checkName('group', name) };
        await changeSettings(session.store, session.keys, director, ({ group: _group, ...settings }) => ({
          ...settings,
          ...group,
        }));
        session.streams.out.write(`${director} is in ${name ?? 'no group'}\n`);
        return status.done;
      }),
    );
};

export const registerForget: Register = (program, { onFleet }) => {
  program
    .command('forget')
    .summary('remove a director that no longer exists')
    .description(
      'Remove a director whose agent is not running any more, with everything that the store holds about it.',
    )
    .argument('<DIRECTOR>', 'its name, as status shows it')
    .action((director: string, _, command) =>
      onFleet(command, async (session) => {
        await forgetDirector(session.store, session.keys, director);
        session.streams.out.write(`${director} is forgotten\n`);
        return status.done;
      }),
    );
};
