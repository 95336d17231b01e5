import { checkName } from '../../../fleet/documents/names.ts';
import { changeSettings, forgetDirector } from '../../../fleet/status/settings.ts';
import { status } from '../../status.ts';
import type { Register } from '../register.ts';
import { whoami } from '../session.ts';
import { parseReason } from '../values.ts';

export const registerHold: Register = (program, { onFleet }) => {
  program
    .command('hold')
    .summary('keep rollouts away from a director')
    .description('Keep rollouts away from a director until it is released. Its agent runs on, and reports.')
    .argument('<DIRECTOR>', 'its name, as status shows it')
    .option('-m, --message <text>', 'why', parseReason, '')
    .action((director: string, { message }: { readonly message: string }, command) =>
      onFleet(command, async (session) => {
        const held = { by: whoami(), since: new Date().toISOString(), reason: message };
        await changeSettings(session.store, session.keys, director, (settings) => ({ ...settings, held }));
        session.streams.out.write(`${director} is held\n`);
        return status.done;
      }),
    );
};

export const registerRelease: Register = (program, { onFleet }) => {
  program
    .command('release')
    .summary('end a hold')
    .description('End a hold: the next rollout changes the director again.')
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
    .summary('say which directors stand in for each other')
    .description(
      'Put a director into a group, such as a pair: no two of one group are changed at the same time.',
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
    .summary('remove a director that is gone')
    .description('Remove everything that the store has about a director whose agent does not run any more.')
    .argument('<DIRECTOR>', 'its name, as status shows it')
    .action((director: string, _, command) =>
      onFleet(command, async (session) => {
        await forgetDirector(session.store, session.keys, director);
        session.streams.out.write(`${director} is forgotten\n`);
        return status.done;
      }),
    );
};
