import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/**
 * Replaces the content of a system file by bind-mounting another file over it, for this process and its future children. The
 * file itself is not changed: the lab's root may be that of the host.
 */
export class SystemFile {
  readonly #path: string;
  readonly #substitute: string;

  constructor(path: string, text: string) {
    this.#path = path;
    this.#substitute = join(mkdtempSync(join(tmpdir(), 'ipvsadm-system-')), 'file');
    writeFileSync(this.#substitute, text, { mode: 0o755 }); // executable, in case it is a script
    execFileSync('mount', ['--bind', this.#substitute, path]);
  }

  /** Replaces the content again. */
  write(text: string): void {
    writeFileSync(this.#substitute, text);
  }

  restore(): void {
    execFileSync('umount', [this.#path]);
    rmSync(dirname(this.#substitute), { recursive: true });
  }
}
