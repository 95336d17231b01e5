import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { platform } from '#platform';
import { projectFolder } from '../lab/project.ts';

/** Returns what the linter of `npm run check` reports about files with these texts, with the project's settings. */
function lintErrors(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(root, 'tree-'));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const config = join(projectFolder, 'biome.json');
  symlinkSync(config, join(folder, 'biome.json'));
  const biome = join(projectFolder, 'node_modules/.bin/biome');
  const { stdout, stderr } = spawnSync(biome, ['lint', '--vcs-enabled=false', 'src'], {
    cwd: folder,
    encoding: 'utf8',
  });
  return stdout + stderr;
}

let root: string;

describe('the module rules of src/', () => {
  before(() => {
    root = mkdtempSync(join(tmpdir(), 'ipvsadm-floors-'));
  });
  after(() => rmSync(root, { recursive: true }));

  it('forbid imports from a higher folder', () => {
    const use = "import { x } from '../rules/x.ts';\nexport const y = x;\n";
    const define = 'export const x = 1;\n';
    assert.match(
      lintErrors({ 'src/ipvs/y.ts': use, 'src/rules/x.ts': define }),
      /src\/ipvs\/ stands below that folder/,
    );
    assert.doesNotMatch(lintErrors({ 'src/view/y.ts': use, 'src/rules/x.ts': define }), /stands below/);
  });

  it('forbid import cycles', () => {
    const files = {
      'src/ipvs/a.ts': "import { b } from './b.ts';\nexport const a = () => b;\n",
      'src/ipvs/b.ts': "import { a } from './a.ts';\nexport const b = () => a;\n",
    };
    assert.match(lintErrors(files), /noImportCycles/);
  });

  it('restrict the globals and modules of a runtime to its folder', () => {
    const text = 'export const version = Bun.version;\n';
    assert.match(lintErrors({ 'src/cli/version.ts': text }), /noRestrictedGlobals/);
    assert.doesNotMatch(lintErrors({ 'src/platform/bun/version.ts': text }), /noRestrictedGlobals/);
    assert.match(
      lintErrors({ 'src/names/dns.ts': "import { dns } from 'bun';\nexport const d = dns;\n" }),
      /noRestrictedImports/,
    );
  });

  it('allow import() only in a few files', () => {
    const users = readdirSync(join(projectFolder, 'src'), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts') && !path.startsWith('platform/'))
      .filter((path) => /\bimport\(/.test(readFileSync(join(projectFolder, 'src', path), 'utf8')));
    const ofCli = ['cli/commands/index.ts', 'cli/executable.ts', 'cli/lazy.ts'];
    const ofTrace = ['ipvs/client.ts', 'netlink/route.ts', 'netlink/transport.ts'];
    const ofJson = ['json/read-json-rules.ts'];
    assert.deepEqual(users.sort(), [...ofCli, ...ofTrace, ...ofJson].sort());
  });

  it('forbid bulk work at the time a module is loaded', async (test) => {
    const { mock } = test.mock.method(platform, 'beginBulk', () => {});
    const loops = readdirSync(join(projectFolder, 'src'), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts') && !path.startsWith('platform/'))
      .map((path) => join(projectFolder, 'src', path))
      .filter((path) => /platform\.(tuneForBulk|beginBulk)\(/.test(readFileSync(path, 'utf8')));
    assert.ok(loops.length > 10, loops.join());
    for (const path of loops) await import(path);
    assert.equal(mock.callCount(), 0);
  });

  it('forbid changes to V8 flags at run time', () => {
    const sources = readdirSync(join(projectFolder, 'src'), { recursive: true, encoding: 'utf8' });
    const users = sources
      .filter((path) => path.endsWith('.ts'))
      .filter((path) =>
        readFileSync(join(projectFolder, 'src', path), 'utf8').includes('setFlagsFromString('),
      );
    assert.deepEqual(users, []);
  });
});
