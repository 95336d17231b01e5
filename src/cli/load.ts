import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { Script } from 'node:vm';

// A build keeps what V8 compiled of a command `NAME.cjs` in `NAME.cjs.v8`: the text that was compiled, a checksum of V8's data,
// and that data. Compiling takes a single `-a` a seventh of its time in user-mode Linux.

/** The ending of the file with what V8 compiled. */
export const compiledSuffix = '.v8';

const checksumLength = 4;

/** Returns the contents of the file with what V8 compiles of a command's text. */
export function compile(text: Buffer): Buffer {
  const data = new Script(functionOf(text)).createCachedData();
  const checksum = Buffer.alloc(checksumLength);
  checksum.writeInt32LE(checksumOf(data));
  return Buffer.concat([text, checksum, data]);
}

/** Runs the command in a CommonJS file, with what was compiled of it where that is there and right; it writes nothing. */
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
 * Returns a command with what was compiled of it. `undefined` where nothing was, where it was compiled of another text or by
 * another V8, or where the file is damaged: V8 itself compares the length of the text only, and trusts its own data.
 */
export function compiledScript(file: string): Script | undefined {
  try {
    const compiled = readFileSync(`${file}${compiledSuffix}`);
    const text = readFileSync(file);
    if (!compiled.subarray(0, text.length).equals(text)) return undefined;
    const cachedData = compiled.subarray(text.length + checksumLength);
    if (compiled.readInt32LE(text.length) !== checksumOf(cachedData)) return undefined;
    const script = new Script(functionOf(text), { filename: file, cachedData });
    return script.cachedDataRejected ? undefined : script;
  } catch {
    return undefined;
  }
}

/** Returns the function that runs a CommonJS file, whose text is ASCII. */
function functionOf(text: Buffer): string {
  return `(function (exports, require, module, __filename, __dirname) { ${text.toString('latin1')}\n})`;
}

/**
 * Returns a checksum that tells damaged data, and data of a V8 that Node has patched otherwise, which V8 takes for its own.
 * node:crypto would take longer to load than compiling takes.
 */
function checksumOf(data: Uint8Array): number {
  const inWords = data.length & ~3;
  const words = new Int32Array(data.buffer.slice(data.byteOffset, data.byteOffset + inWords));
  let sum = data.length;
  const { v8 } = process.versions;
  for (let index = 0; index < v8.length; index++) sum = (Math.imul(sum, 31) + v8.charCodeAt(index)) | 0;
  for (let index = 0; index < words.length; index++) sum = (Math.imul(sum, 31) + (words[index] ?? 0)) | 0;
  for (let index = inWords; index < data.length; index++) sum = (Math.imul(sum, 31) + (data[index] ?? 0)) | 0;
  return sum;
}
