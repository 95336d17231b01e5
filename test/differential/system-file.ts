import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/**
 * A text in the place of one of the system's files, for this process and all that it starts from now on. The file
 * itself is not touched: the lab's root may be the machine's own.
 */
export class SystemFile {
  readonly #path: string;
  readonly #substitute: string;

  constructor(path: string, text: string) {
    this.#path = path;
    this.#substitute = join(mkdtempSync(join(tmpdir(), 'ipvsadm-system-')), 'file');
    writeFileSync(this.#substitute, text, { mode: 0o755 }); // it may be a script
    execFileSync('mount', ['--bind', this.#substitute, path]);
  }

  /** Puts another text there. */
  write(text: string): void {
    writeFileSync(this.#substitute, text);
  }

  restore(): void {
    execFileSync('umount', [this.#path]);
    rmSync(dirname(this.#substitute), { recursive: true });
  }
}
