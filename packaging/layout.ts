import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Architecture } from './architecture.ts';
import { compile } from './compile.ts';
import { commands, manualPages, project, text } from './project.ts';

/** The name of the packages. The name of the distributions' own package is taken; ours provide it. */
export const packageName = 'ipvsadm-ts';

/** The folder of systemd's units, below a prefix. */
export const unitFolder = 'lib/systemd/system';

/** The documentation folder of the package, below a prefix. */
export const docFolder = `share/doc/${packageName}`;

const completionFolder = 'share/bash-completion/completions';

/** Contents of a folder: files and links by their paths in it, with their contents and targets. */
export interface Contents {
  readonly files: Readonly<Record<string, string | Buffer>>;
  readonly links: Readonly<Record<string, string>>;
}

/** The systemd units by their names, with paths as on Debian. */
export const units: Readonly<Record<string, string>> = Object.fromEntries(
  readdirSync(join(project, 'packaging/system'))
    .filter((file) => file.endsWith('.service'))
    .map((file) => [file, text(join('packaging/system', file))]),
);

/**
 * Returns the files and links that every package has below its prefix besides the executable: the commands, which link to
 * that, manual, completion, and units.
 *
 * @param executable the executable's path below the prefix
 * @param unitsOfSystem the units by their names
 */
export function commonContents(executable: string, unitsOfSystem = units): Contents {
  const files: Record<string, string | Buffer> = {};
  for (const page of manualPages)
    files[`share/man/man8/${page.replace(/^.*\//, '')}.gz`] = compressed(text(page));
  files[`${completionFolder}/ipvsadm`] = text('packaging/system/completion.bash');
  for (const [unit, words] of Object.entries(unitsOfSystem)) files[`${unitFolder}/${unit}`] = words;

  const links: Record<string, string> = {};
  for (const name of commands) {
    const command = `sbin/${name}`;
    if (command !== executable) links[command] = relative(dirname(command), executable);
    // bash-completion looks for a file of the command's name.
    if (name !== 'ipvsadm') links[`${completionFolder}/${name}`] = 'ipvsadm';
  }
  return { files, links };
}

/** Writes files and links below a folder, readable by everybody. */
export function layOut(folder: string, { files, links }: Contents): void {
  for (const [path, content] of Object.entries(files)) put(join(folder, path), content);
  for (const [path, target] of Object.entries(links)) {
    mkdirSync(join(folder, dirname(path)), { recursive: true });
    symlinkSync(target, join(folder, path));
  }
}

/** Writes a file, and creates the folders that it is in. */
export function put(file: string, content: string | Buffer, mode = 0o644): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content, { mode });
}

/** Makes the executable at this path; returns whether it succeeded. */
export function putExecutable(architecture: Architecture, file: string): boolean {
  mkdirSync(dirname(file), { recursive: true });
  return compile(architecture, file);
}

/** Compresses a text with gzip, as for a manual page; the same text gives the same bytes. */
export function compressed(content: string): Buffer {
  return gzipSync(content, { level: 9 });
}
