// Makes dist/ipvsadm-VERSION-linux-x64.tar.gz and dist/ipvsadm-VERSION-linux-arm64.tar.gz, for systems without packages.
import { join } from 'node:path';
import { type Architecture, architectureNames } from './architecture.ts';
import { makePackages, type PackagingOptions, packagingTool } from './artefact.ts';
import { copyright } from './copyright.ts';
import { commonContents, docFolder, layOut, packageName, put, putExecutable } from './layout.ts';
import { run, sourceDate, text, version } from './project.ts';

const executable = 'sbin/ipvsadm';

packagingTool(
  'npm run build:tarball --',
  'Builds archives with an install script: ipvsadm-VERSION-linux-ARCHITECTURE.tar.gz.',
  architectureNames,
)
  .action((options: PackagingOptions) =>
    makePackages(options, (architecture, folder) => make(architecture, folder, options)),
  )
  .parse();

function make(architecture: Architecture, folder: string, { fast }: PackagingOptions): string | undefined {
  const name = `ipvsadm-${version}-linux-${architecture}`;
  const root = join(folder, name);
  layOut(root, commonContents(executable));
  put(join(root, docFolder, 'copyright'), copyright('included'));
  put(join(root, 'install.sh'), installScript(architecture), 0o755);
  if (!putExecutable(architecture, join(root, executable))) return undefined;

  const file = join(folder, `${name}.tar.gz`);
  // The same source makes the same archive.
  const same = ['--sort=name', `--mtime=@${sourceDate()}`, '--owner=0', '--group=0', '--numeric-owner'];
  const how = ['--format=ustar', `--use-compress-program=gzip --no-name -${fast ? 1 : 9}`];
  return run('tar', [...same, ...how, '-cf', file, '-C', folder, name]) ? file : undefined;
}

function installScript(architecture: Architecture): string {
  const values: Readonly<Record<string, string>> = {
    version,
    architecture,
    name: packageName,
    processor: architecture === 'x64' ? text('packaging/check-processor.sh').trimEnd() : '',
  };
  return text('packaging/tarball/install.sh').replace(/@(\w+)@/g, (all, word: string) => values[word] ?? all);
}
