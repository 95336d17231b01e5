// Builds dist/: a bundle per command, the library, and its type declarations.
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { build } from 'esbuild';

const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
rmSync('dist', { recursive: true, force: true });

await build({
  entryPoints: {
    ipvsadm: 'src/cli/ipvsadm.ts',
    'ipvsadm-save': 'src/cli/ipvsadm-save.ts',
    'ipvsadm-restore': 'src/cli/ipvsadm-restore.ts',
    index: 'src/index.ts',
  },
  outdir: 'dist',
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

const { status } = spawnSync('npx', ['tsc', '--emitDeclarationOnly'], { stdio: 'inherit' });
process.exitCode = status ?? 1;
