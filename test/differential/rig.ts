import { execFileSync } from 'node:child_process';
import { accessSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Build, binFolderOf, wantedBuild } from '../lab/project.ts';
import { type Outcome, Shell } from './shell.ts';

/** Two directors in one kernel: on one the reference is `ipvsadm`, on the other ours is. */
export class Rig {
  readonly reference: Shell;
  readonly ours: Shell;
  /** Ours too, but on the reference's director: for what only reads, so that both read the very same table. */
  readonly oursOnReference: Shell;
  /** The reference on our director: to see its state. */
  readonly referenceOnOurs: Shell;
  readonly #programs: string;

  /** @param build the one of ours to hold against the reference */
  constructor(build: Build = wantedBuild ?? 'node') {
    this.#programs = installReference();
    const ours = binFolderOf(build);
    // Where there is none, a shell would find the reference, and hold it against itself.
    for (const name of ['ipvsadm', 'ipvsadm-save', 'ipvsadm-restore']) accessSync(join(ours, name));
    for (const name of ['reference', 'ours']) {
      execFileSync('ip', ['netns', 'add', name]);
      execFileSync('ip', ['-n', name, 'link', 'set', 'lo', 'up']);
    }
    // Looking for its libraries takes the reference a quarter of its time.
    const env = { LD_PRELOAD: librariesOf(join(this.#programs, 'ipvsadm')).join(' ') };
    this.reference = new Shell('reference', this.#programs, env);
    this.ours = new Shell('ours', ours);
    this.oursOnReference = new Shell('reference', ours);
    this.referenceOnOurs = new Shell('ours', this.#programs, env);
  }

  /** Empties both directors. */
  async reset(): Promise<void> {
    const line =
      'ipvsadm -C; ipvsadm --set 900 120 300; ipvsadm --stop-daemon master; ipvsadm --stop-daemon backup; true';
    await Promise.all([this.reference.run(line), this.referenceOnOurs.run(line)]);
  }

  /** What the reference says of both directors, as sets of lines: two hash tables have two orders. */
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

/** A folder with the reference's programs. Its scripts look for `ipvsadm` in `/sbin`, so it has to be there too. */
function installReference(): string {
  const binary = process.env.IPVSADM_REFERENCE;
  if (!binary) throw new Error('the lab does not say where the reference is (IPVSADM_REFERENCE)');
  const folder = mkdtempSync(join(tmpdir(), 'ipvsadm-reference-'));
  mkdirSync('/sbin', { recursive: true });
  for (const name of ['ipvsadm', 'ipvsadm-save', 'ipvsadm-restore']) {
    const source = join(dirname(binary), name);
    if (source !== join('/sbin', name)) cpSync(source, join('/sbin', name));
    symlinkSync(source, join(folder, name));
  }
  return folder;
}

/** Paths of the libraries that a program is linked to. */
function librariesOf(program: string): string[] {
  const lines = execFileSync('ldd', [program], { encoding: 'utf8' });
  return [...lines.matchAll(/=> (\S+)/g)].flatMap(([, path]) => path ?? []);
}
