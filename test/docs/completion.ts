import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { completionFile } from '../../packaging/completion.ts';

/** Shell code that calls the completion function as bash does, with the variables that bash sets, and prints the results. */
const completing = `
  COMP_WORDBREAKS=$' \\t\\n"\\'><=;|&(:' COMP_LINE=$1 COMP_POINT=\${#1}
  if [[ $1 == "ipvsadm-fleet "* ]]; then _ipvsadm_fleet; else _ipvsadm; fi
  ((\${#COMPREPLY[@]})) && printf '%s\\n' "\${COMPREPLY[@]}"
`;

/** A fake root folder of a director, with only those files that the completion reads. */
export class FakeDirector {
  readonly root = mkdtempSync(join(tmpdir(), 'ipvsadm-completion-'));

  write(path: string, text = ''): void {
    const file = join(this.root, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }

  /** Runs `script` in a bash that has loaded the completion, and returns its output. Throws if it prints errors. */
  run(script: string, ...args: readonly string[]): string {
    const text = `. "$1"; _ipvsadm_root=$2; shift 2; ${script}`;
    const words = ['--norc', '-uc', text, 'bash', completionFile, this.root, ...args];
    const { stdout, stderr, error } = spawnSync('bash', words, { encoding: 'utf8', env: { LC_ALL: 'C' } });
    if (error) throw error;
    if (stderr) throw new Error(`bash: ${stderr}`);
    return stdout;
  }

  /** Returns the sorted completions of the command line up to the cursor. */
  complete(line: string): string[] {
    return this.run(completing, line).split('\n').filter(Boolean).sort();
  }

  /** Types command lines, each followed by a tab, into bash on a terminal; resolves to the arguments of each ipvsadm call. */
  async type(lines: readonly string[]): Promise<string[]> {
    const called = join(this.root, 'called');
    const typed = [
      `. ${completionFile}; _ipvsadm_root=${this.root}`,
      `ipvsadm() { echo "$*" >>${called}; }`,
      ...lines.map((line) => `ipvsadm ${line}\t`),
      'exit',
    ];
    const env = { ...process.env, INPUTRC: '/dev/null', HISTFILE: '/dev/null', TERM: 'dumb' };
    const bash = 'bash --norc --noprofile -i';
    const child = spawn('script', ['--quiet', '--command', bash, '/dev/null'], {
      env,
      stdio: ['pipe', 'ignore', 'inherit'],
      signal: AbortSignal.timeout(60_000),
    });
    child.stdin.write(`${typed.join('\n')}\n`);
    await once(child, 'exit');
    return readFileSync(called, 'utf8').trimEnd().split('\n');
  }

  dispose(): void {
    rmSync(this.root, { recursive: true });
  }
}
