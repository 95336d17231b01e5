import { rmSync } from 'node:fs';
import { makeKeys } from '../../../fleet/revisions/signature.ts';
import { status } from '../../status.ts';
import { makeFile } from '../files.ts';
import type { Register } from '../register.ts';

export const registerKeygen: Register = (program, { alone }) => {
  program
    .command('keygen')
    .summary('generate a key pair for signing revisions')
    .description(
      'Generate an Ed25519 key pair: the private key FILE, to be kept where revisions are published, and the public key FILE.pub, to be trusted by every director (agent --trust FILE.pub).',
    )
    .argument('<FILE>', 'the file for the private key; must not exist yet')
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
        out.write(`created ${file} and ${file}.pub\n`);
        return status.done;
      }),
    );
};
