// Builds dist/: a bundle per command, the library, and its type declarations.
import { spawnSync } from 'node:child_process';
import { readFileSync, renameSync, rmSync } from 'node:fs';
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
await build({
  ...options,
  entryPoints: ['src/cli/ipvsadm.ts', 'src/cli/ipvsadm-save.ts', 'src/cli/ipvsadm-restore.ts'],
  format: 'cjs',
  outExtension: { '.js': '.cjs' },
  // One has a binary beside it, the other is large and hardly ever used. chalk is taken in, as it is no CommonJS.
  external: ['netlink', 'cli-table3'],
});

// The library.
await build({
  ...options,
  entryPoints: ['src/index.ts'],
  format: 'esm',
  packages: 'external',
  // What is imported where it is used becomes a file of its own, read only then.
  splitting: true,
  chunkNames: 'parts/[name]-[hash]',
});

const { status } = spawnSync('npx', ['tsc', '--emitDeclarationOnly', '--outDir', made], { stdio: 'inherit' });
if (status === 0) {
  rmSync('dist', { recursive: true, force: true });
  renameSync(made, 'dist');
} else {
  rmSync(made, { recursive: true, force: true });
  process.exitCode = 1;
}
