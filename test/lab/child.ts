import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** Runs a program to its end and returns its stdout; throws with its stderr if it fails. */
export async function output(file: string, args: readonly string[], env = process.env): Promise<string> {
  return (await outputBytes(file, args, env)).toString();
}

/** Runs a program like {@link output}, but returns bytes. */
export async function outputBytes(file: string, args: readonly string[], env = process.env): Promise<Buffer> {
  try {
    // Callers parse the output, so it must not be in the user's language.
    const options = {
      env: { ...env, LC_ALL: 'C' },
      maxBuffer: 256 * 1024 * 1024,
      encoding: 'buffer',
    } as const;
    return (await execute(file, args, options)).stdout;
  } catch (error) {
    const { stderr, message } = error as { stderr?: Buffer; message: string };
    throw new Error(`${file}: ${stderr?.toString().trim() || message}`, { cause: error });
  }
}

/** Returns the path of a command on this machine's PATH or in the sbin folders, if there is one. */
export async function which(command: string): Promise<string | undefined> {
  const path = `${process.env.PATH ?? ''}:/usr/local/sbin:/usr/sbin:/sbin`;
  const script = 'command -v "$1" || true';
  const found = await output('/bin/sh', ['-c', script, 'sh', command], { ...process.env, PATH: path });
  return found.trim() || undefined;
}
