// Builds dist/: a bundle per command, the library, and its type declarations.
import { spawnSync } from 'node:child_process';
import { readFileSync, renameSync, rmSync } from 'node:fs';
import { build } from 'esbuild';

// Made beside dist/ and then put in its place: who runs what is there is not disturbed, and a failure changes nothing.
const made = `dist.${process.pid}`;
const { version } = JSON.parse(readFileSync('package.json', 'utf8'));

await build({
  entryPoints: {
    ipvsadm: 'src/cli/ipvsadm.ts',
    'ipvsadm-save': 'src/cli/ipvsadm-save.ts',
    'ipvsadm-restore': 'src/cli/ipvsadm-restore.ts',
    index: 'src/index.ts',
  },
  outdir: made,
  bundle: true,
  packages: 'external',
  platform: 'node',
  target: 'node20',
  format: 'esm',
  // What is imported where it is used becomes a file of its own, read only then.
  splitting: true,
  chunkNames: 'parts/[name]-[hash]',
  minify: true,
  keepNames: true,
  define: { IPVSADM_VERSION: JSON.stringify(version) },
  logLevel: 'warning',
});

const { status } = spawnSync('npx', ['tsc', '--emitDeclarationOnly', '--outDir', made], { stdio: 'inherit' });
if (status === 0) {
  rmSync('dist', { recursive: true, force: true });
  renameSync(made, 'dist');
} else {
  rmSync(made, { recursive: true, force: true });
  process.exitCode = 1;
}
