import { readFileSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { Script } from 'node:vm';

/** What V8 has compiled of a file is kept beside it when that is built, as `NAME.v8`. */
export const compiledSuffix = '.v8';

/** A CommonJS file's text, which is ASCII, as Node runs it, and so as it is compiled. */
export function textOf(file: string): string {
  return Module.wrap(readFileSync(file, 'latin1'));
}

/**
 * Runs a CommonJS file with what V8 has compiled of it beforehand, as compiling takes half as long as all else that Node
 * does for a short command but starting. Where that is not there, or is of another V8, it is compiled anew; from Node 22.1 on
 * that is kept for the next time, beside the build, where only who may change that may write.
 */
export function load(file: string): void {
  const require = createRequire(file);
  const script = compiledScript(file);
  if (script) {
    const module = { exports: {} };
    script.runInThisContext()(module.exports, require, module, file, dirname(file));
    return;
  }
  (Module as { enableCompileCache?: (folder: string) => void }).enableCompileCache?.(
    `${dirname(file)}/compiled`,
  );
  require(file);
}

/** A file with what V8 has compiled of it, if that is of use. */
export function compiledScript(file: string): Script | undefined {
  try {
    const cachedData = readFileSync(`${file}${compiledSuffix}`);
    const script = new Script(textOf(file), { filename: file, cachedData });
    return script.cachedDataRejected ? undefined : script;
  } catch {
    return undefined;
  }
}
