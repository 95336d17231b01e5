// Builds dist/: one bundled file per command, the library, and its type declarations.
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { build } from 'esbuild';

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
  logLevel: 'warning',
});

const { status } = spawnSync('npx', ['tsc', '--emitDeclarationOnly'], { stdio: 'inherit' });
process.exitCode = status ?? 1;
