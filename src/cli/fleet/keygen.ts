import { writeFileSync } from 'node:fs';
import { FleetError } from '../../fleet/fleet-error.ts';
import { makeKeys } from '../../fleet/revisions/signature.ts';
import { status } from '../status.ts';
import type { Register } from './register.ts';

export const registerKeygen: Register = (program, { alone }) => {
  program
    .command('keygen')
    .summary('make a pair of keys for signing revisions')
    .description(
      'Make a pair of Ed25519 keys: FILE, which signs and stays where revisions are published, and FILE.pub, which every director trusts (agent --trust FILE.pub).',
    )
    .argument('<FILE>', 'the file for the private key; it must not be there yet')
    .action((file: string) =>
      alone(async ({ out }) => {
        const { privateKey, publicKey } = makeKeys();
        write(file, privateKey, 0o600);
        write(`${file}.pub`, publicKey, 0o644);
        out.write(`${file} and ${file}.pub are made\n`);
        return status.done;
      }),
    );
};

function write(file: string, text: string, mode: number): void {
  try {
    writeFileSync(file, text, { mode, flag: 'wx' });
  } catch (error) {
    throw new FleetError(`cannot write ${file}: ${error instanceof Error ? error.message : error}`);
  }
}
