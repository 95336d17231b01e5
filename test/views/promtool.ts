import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { findMirror } from '../lab/debian/mirror.ts';
import { debianTool } from '../lab/debian/tool.ts';
import { program } from '../lab/debian/tree.ts';

/** Returns the output of `promtool check metrics`: empty if it finds no fault. */
export type MetricsCheck = (metrics: string) => Promise<string>;

/** Fetches Debian's promtool, once. @throws {LabUnavailable} if it cannot be fetched. */
export async function findPromtool(): Promise<MetricsCheck> {
  const promtool = await program(await debianTool(await findMirror(), 'prometheus'), 'promtool');
  return async (metrics) => {
    const child = spawn(promtool, ['check', 'metrics']);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    }
    child.stdin.end(metrics);
    const [code] = (await once(child, 'close')) as [number];
    return code === 0 ? output : `${output}exit code ${code}`;
  };
}
