import { publish } from '../../../fleet/revisions/publish.ts';
import { RulesError, readRules } from '../../../fleet/revisions/rules.ts';
import { readPrivateKey } from '../../../fleet/revisions/signature.ts';
import { withNames } from '../../../names/lookup.ts';
import { counted } from '../../../rules/counted.ts';
import { status } from '../../status.ts';
import { readInput } from '../../stdio/input.ts';
import { readNamed } from '../files.ts';
import type { Register } from '../register.ts';
import { whoami } from '../session.ts';
import { parseReason } from '../values.ts';

interface Options {
  readonly message: string;
  readonly json?: true;
  readonly sign?: string;
  readonly allowEmpty?: true;
}

export const registerPublish: Register = (program, { onFleet }) => {
  program
    .command('publish')
    .summary('check a rule file and publish it as the next revision')
    .description(
      'Check the rules in FILE, as ipvsadm-save writes them, and publish them as the next revision. Directors do not change until a rollout. Host names are resolved now.',
    )
    .argument('<FILE>', 'the rule file; - for standard input')
    .requiredOption('-m, --message <text>', 'a comment, shown by log', parseReason)
    .option('--json', 'FILE is JSON as printed by ipvsadm -L --json')
    .option('--sign <key>', 'sign with this private key (see keygen)')
    .option('--allow-empty', 'accept rules without any service')
    .action((file: string, options: Options, command) =>
      onFleet(command, async (session) => {
        const text = Buffer.concat(readInput(file === '-' ? undefined : file)).toString('utf8');
        const { store, keys, fleet, streams } = session;
        const desired = await withNames((names) =>
          readRules(text, { json: options.json ?? false, names }),
        ).catch((error: unknown) => {
          if (!(error instanceof RulesError)) throw error;
          streams.err.write(`${error.message}\n`);
          return undefined;
        });
        if (!desired) return status.unusable;
        const { revision, isNew } = await publish(store, keys, fleet, {
          desired,
          message: options.message,
          author: whoami(),
          time: new Date().toISOString(),
          key: options.sign === undefined ? undefined : readPrivateKey(readNamed(options.sign)),
          allowEmpty: options.allowEmpty ?? false,
        });
        const { number, services, servers } = revision;
        const what = `${counted(services, 'service')}, ${counted(servers, 'server')}`;
        streams.out.write(
          `revision ${number}${isNew ? ` (${what})` : ', which already has the same rules'}\n`,
        );
        return status.done;
      }),
    );
};
