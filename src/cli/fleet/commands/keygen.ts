import { rmSync } from 'node:fs';
import { makeKeys } from '../../../fleet/revisions/signature.ts';
import { status } from '../../status.ts';
import { makeFile } from '../files.ts';
import type { Register } from '../register.ts';

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
        // The public key first, as it can be removed again without loss: a private key is never left without it.
        makeFile(`${file}.pub`, publicKey, 0o644);
        try {
          makeFile(file, privateKey, 0o600);
        } catch (error) {
          rmSync(`${file}.pub`);
          throw error;
        }
        out.write(`${file} and ${file}.pub are made\n`);
        return status.done;
      }),
    );
};
