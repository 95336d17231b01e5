import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { Script } from 'node:vm';

// A build stores V8's code cache of a command `NAME.cjs` in `NAME.cjs.v8`: the compiled text, which is the command's text
// wrapped in a function; the version of V8; and V8's cache data, twice. Without it, a single `-a` spends a seventh of its
// time on compiling in user-mode Linux.

const functionStart = Buffer.from('(function (exports, require, module, __filename, __dirname) { ');
const functionEnd = Buffer.from('\n})');

/** Suffix of the file with V8's code cache. */
export const compiledSuffix = '.v8';

/**
 * The full version, with Node's suffix: Node patches V8, and V8 would accept the cache data of a build that differs only in
 * the suffix.
 */
const version = Buffer.from(process.versions.v8);

/** Compiles a command's text, and returns the contents of its code cache file. */
export function compile(text: Buffer): Buffer {
  const whole = Buffer.concat([functionStart, text, functionEnd]);
  const data = new Script(whole.toString('latin1')).createCachedData();
  return Buffer.concat([whole, version, data, data]);
}

/** Runs the command in a CommonJS file, from its code cache where there is a valid one. Writes no files. */
export function load(file: string): void {
  const require = createRequire(file);
  const script = compiledScript(file);
  if (!script) {
    require(file);
    return;
  }
  const module = { exports: {} };
  script.runInThisContext()(module.exports, require, module, file, dirname(file));
}

/**
 * Returns a command compiled from its code cache. `undefined` where there is no cache, where it is of another text or
 * another V8, or where it is damaged: V8 itself compares only the length of the text, and trusts its own data.
 */
export function compiledScript(file: string): Script | undefined {
  try {
    const compiled = readFileSync(`${file}${compiledSuffix}`);
    const text = readFileSync(file);
    let at = 0;
    for (const part of [functionStart, text, functionEnd, version]) {
      if (!compiled.subarray(at, at + part.length).equals(part)) return undefined;
      at += part.length;
    }
    // Comparing two copies takes a tenth of the time of a checksum, whose loop would run uncompiled.
    const cachedData = compiled.subarray(at, (at + compiled.length) / 2);
    if (!cachedData.equals(compiled.subarray(at + cachedData.length))) return undefined;
    // A command's text is ASCII. Decoding all parts as one string avoids a concatenation, which takes longer than reading
    // the file.
    const source = compiled.toString('latin1', 0, at - version.length);
    const script = new Script(source, { filename: file, cachedData });
    return script.cachedDataRejected ? undefined : script;
  } catch {
    return undefined;
  }
}
