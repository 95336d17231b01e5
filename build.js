// Builds dist/: a bundle per command, the library, and its type declarations.
import { spawnSync } from 'node:child_process';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { build } from 'esbuild';

// Made beside dist/ and then put in its place: who runs what is there is not disturbed, and a failure changes nothing.
const made = `dist.${process.pid}`;
const { version } = JSON.parse(readFileSync('package.json', 'utf8'));

const options = {
  outdir: made,
  bundle: true,
  platform: 'node',
  target: 'node20',
  minify: true,
  define: { IPVSADM_VERSION: JSON.stringify(version) },
  logLevel: 'warning',
};

// The commands: of each one CommonJS file, as loading ECMAScript modules takes Node half as long as starting. Code that is
// imported where it is used is in there too, as functions that V8 compiles only when they are called.
const commands = ['ipvsadm', 'ipvsadm-save', 'ipvsadm-restore', 'ipvsadm-fleet'];
await build({
  ...options,
  entryPoints: [...commands, 'load'].map((name) => `src/cli/${name}.ts`),
  format: 'cjs',
  outExtension: { '.js': '.cjs' },
  // What is compiled beforehand cannot import.
  supported: { 'dynamic-import': false },
  // netlink has a binary beside it; the others are large and hardly ever used. chalk is taken in, as it is no CommonJS.
  external: ['netlink', 'cli-table3', 'zod', 'jsonc-parser'],
});

// What V8 compiles of the commands, so that it is not compiled anew whenever one runs.
const { compile, compiledSuffix } = createRequire(import.meta.url)(`./${made}/load.cjs`);
for (const name of commands) {
  const file = `${made}/${name}.cjs`;
  writeFileSync(`${file}${compiledSuffix}`, compile(readFileSync(file)));
}

// The library, readable: names of classes and lines of code appear in the messages of the programs that use it.
await build({
  ...options,
  minify: false,
  keepNames: true,
  entryPoints: ['src/index.ts'],
  format: 'esm',
  packages: 'external',
  // What is imported where it is used becomes a file of its own, read only then.
  splitting: true,
  chunkNames: 'parts/[name]-[hash]',
});

const { status } = spawnSync('npx', ['tsc', '--project', 'packaging/library.json', '--outDir', made], {
  stdio: 'inherit',
});
if (status === 0) {
  rmSync('dist', { recursive: true, force: true });
  renameSync(made, 'dist');
} else {
  rmSync(made, { recursive: true, force: true });
  process.exitCode = 1;
}
