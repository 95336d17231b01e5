import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { binFolder } from './project.ts';
import type { Scene } from './scene.ts';
import { quote } from './shell-quote.ts';

/** Runs a shell for the terminal on the machine that a scene names, and waits until it ends. */
export async function directorShell(scene: Scene): Promise<void> {
  const startup = '/run/lab/bashrc';
  await writeFile(startup, startupFile(scene));
  const [file = '', ...args] = [...scene.world.on(scene.desk ?? 'director'), 'bash', '--rcfile', startup];
  const env = { ...process.env, PATH: `${binFolder}:${process.env.PATH}` };
  await once(spawn(file, args, { stdio: 'inherit', env }), 'exit');
}

/** Returns the startup file of the shell: the prompt, a command per machine, and the greeting. */
function startupFile({ world, desk = 'director', machines, greeting, url }: Scene): string {
  const others = machines.filter((machine) => machine !== 'client');
  const lines = [
    ...greeting,
    '',
    ...(url ? ['visit [N]         send a request from the client, or N requests'] : []),
    ...(desk === 'client' ? [] : ['client COMMAND    run a command on the client']),
    ...others.map((machine) => `${`${machine} COMMAND`.padEnd(16)}  run a command on ${machine}`),
    'exit              end the lab and discard its machines',
    '',
  ];
  return [
    `PS1='${desk}# '`,
    ...machines.map((machine) => `${machine}() { ${world.on(machine).join(' ')} "$@"; }`),
    ...(url ? [visitFunction(url)] : []),
    `printf '%s\\n' ${lines.map(quote).join(' ')}`,
    '',
  ].join('\n');
}

function visitFunction(url: string): string {
  const fetch = [process.execPath, join(import.meta.dirname, 'web-client.js'), url].map(quote).join(' ');
  return `visit() { for ((i = 0; i < \${1:-1}; i++)); do client ${fetch}; done; }`;
}
