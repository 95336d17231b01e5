// Makes all published files of a version in dist/release/, with checksums and a bill of materials: `npm run build:release`.
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import {
  type Architecture,
  type ArchitectureWord,
  architectureNames,
  architectures,
  architecturesNamed,
} from './architecture.ts';
import { type PackagingOptions, packagingTool } from './artefact.ts';
import { project, run, version } from './project.ts';
import { billOfMaterials, checksum } from './sbom.ts';

packagingTool(
  'npm run build:release --',
  'Builds a release: npm package, deb, rpm, archives, SHA256SUMS and a bill of materials (CycloneDX).',
  architectureNames,
)
  .action((options: PackagingOptions) => {
    const into = resolve(project, options.into === 'dist' ? 'dist/release' : options.into);
    process.exitCode = main(options.arch, into, options.fast ? ['--fast'] : []) ? 0 : 1;
  })
  .parse();

/** Makes the release; returns whether it succeeded. */
function main(arch: readonly ArchitectureWord[], into: string, options: readonly string[]): boolean {
  // The build recreates dist/, and so removes an earlier release in it.
  if (!run('npm', ['run', '--silent', 'build'])) return false;
  mkdirSync(into, { recursive: true });
  if (readdirSync(into).length > 0) {
    process.stderr.write(`${into} is not empty\n`);
    return false;
  }
  const make = (tool: string) =>
    run(process.execPath, [
      ...['--import', 'tsx', join('packaging', `${tool}.ts`), '--into', into, ...options],
      ...['--arch', ...arch],
    ]);
  if (!run('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', into])) return false;
  if (!['deb', 'rpm', 'tarball'].every(make)) return false;

  const names = architecturesNamed(arch);
  const artefacts = readdirSync(into)
    .sort()
    .map((name) => ({ file: join(into, name), ...architectureOf(name, names) }));
  writeFileSync(join(into, `ipvsadm-${version}.cdx.json`), billOfMaterials(artefacts));
  const sums = readdirSync(into)
    .sort()
    .map((name) => `${checksum(join(into, name))}  ${name}\n`);
  writeFileSync(join(into, 'SHA256SUMS'), sums.join(''));
  process.stdout.write(sums.join(''));
  return true;
}

/** Returns the architecture in a file's name, if there is one. */
function architectureOf(name: string, names: readonly Architecture[]): { architecture?: Architecture } {
  const architecture = names.find((one) => {
    const { debian, redhat } = architectures[one];
    return [`_${debian}.deb`, `.${redhat}.rpm`, `-${one}.tar.gz`].some((end) => name.endsWith(end));
  });
  return architecture ? { architecture } : {};
}
