import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { findMirror } from '../lab/debian/mirror.ts';
import { debianTool } from '../lab/debian/tool.ts';
import { program } from '../lab/debian/tree.ts';

/** What `promtool check metrics` says of metrics: nothing, where it finds no fault. */
export type MetricsCheck = (metrics: string) => Promise<string>;

/** Debian's promtool, fetched once; throws `LabUnavailable` where there is none to be had. */
export async function findPromtool(): Promise<MetricsCheck> {
  const promtool = await program(await debianTool(await findMirror(), 'prometheus'), 'promtool');
  return async (metrics) => {
    const child = spawn(promtool, ['check', 'metrics']);
    let said = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        said += text;
      });
    }
    child.stdin.end(metrics);
    const [code] = (await once(child, 'close')) as [number];
    return code === 0 ? said : `${said}exit code ${code}`;
  };
}
