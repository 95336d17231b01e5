import { execFileSync } from 'node:child_process';
import { accessSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Build, binFolderOf, wantedBuild } from '../lab/project.ts';
import { type Outcome, Shell } from './shell.ts';

/** Two directors in one kernel: `ipvsadm` is the reference on one of them, and ours on the other. */
export class Rig {
  readonly reference: Shell;
  readonly ours: Shell;
  /** Our ipvsadm on the reference's director: for commands that only read, so that both programs read the same table. */
  readonly oursOnReference: Shell;
  /** The reference on our director, to inspect that director's state. */
  readonly referenceOnOurs: Shell;
  readonly #programs: string;

  /** @param build our build to compare with the reference */
  constructor(build: Build = wantedBuild ?? 'node') {
    this.#programs = installReference();
    const ours = binFolderOf(build);
    // If one were missing, the shell would find the reference instead, and compare it with itself.
    for (const name of ['ipvsadm', 'ipvsadm-save', 'ipvsadm-restore']) accessSync(join(ours, name));
    for (const name of ['reference', 'ours']) {
      execFileSync('ip', ['netns', 'add', name]);
      execFileSync('ip', ['-n', name, 'link', 'set', 'lo', 'up']);
    }
    // Searching for its libraries takes a quarter of the reference's run time.
    const env = { LD_PRELOAD: librariesOf(join(this.#programs, 'ipvsadm')).join(' ') };
    this.reference = new Shell('reference', this.#programs, env);
    this.ours = new Shell('ours', ours);
    this.oursOnReference = new Shell('reference', ours);
    this.referenceOnOurs = new Shell('ours', this.#programs, env);
  }

  /** Resets both directors: no services, default timeouts, no sync daemons. */
  async reset(): Promise<void> {
    const line =
      'ipvsadm -C; ipvsadm --set 900 120 300; ipvsadm --stop-daemon master; ipvsadm --stop-daemon backup; true';
    await Promise.all([this.reference.run(line), this.referenceOnOurs.run(line)]);
  }

  /** Returns what the reference prints of both directors, as sorted lines: their hash tables may differ in order. */
  async states(): Promise<{ reference: string[]; ours: string[] }> {
    const line = 'ipvsadm -Sn; ipvsadm -Ln --thresholds; ipvsadm -L --timeout; ipvsadm -L --daemon';
    const [reference, ours] = await Promise.all([this.reference.run(line), this.referenceOnOurs.run(line)]);
    const lines = ({ stdout, stderr }: Outcome) => `${stdout}${stderr}`.split('\n').sort();
    return { reference: lines(reference), ours: lines(ours) };
  }

  dispose(): void {
    for (const shell of [this.reference, this.ours, this.oursOnReference, this.referenceOnOurs])
      shell.close();
    for (const name of ['reference', 'ours']) execFileSync('ip', ['netns', 'del', name]);
    rmSync(this.#programs, { recursive: true });
  }
}

/** Creates a folder with the reference's programs; installs them in `/sbin`, too, where its scripts look for `ipvsadm`. */
function installReference(): string {
  const binary = process.env.IPVSADM_REFERENCE;
  if (!binary) throw new Error('IPVSADM_REFERENCE is not set: the path of the reference is unknown');
  const folder = mkdtempSync(join(tmpdir(), 'ipvsadm-reference-'));
  mkdirSync('/sbin', { recursive: true });
  for (const name of ['ipvsadm', 'ipvsadm-save', 'ipvsadm-restore']) {
    const source = join(dirname(binary), name);
    if (source !== join('/sbin', name)) cpSync(source, join('/sbin', name));
    symlinkSync(source, join(folder, name));
  }
  return folder;
}

/** Returns the paths of the libraries that a program is linked to. */
function librariesOf(program: string): string[] {
  const lines = execFileSync('ldd', [program], { encoding: 'utf8' });
  return [...lines.matchAll(/=> (\S+)/g)].flatMap(([, path]) => path ?? []);
}
