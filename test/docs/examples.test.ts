import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { projectFolder } from '../lab/project.ts';
import { commentsOfExports, examplesIn } from './exports.ts';

const inProject = (...path: string[]) => join(projectFolder, ...path);
const library = inProject('src/index.ts');
const comments = commentsOfExports(library);

/** Variables that examples may use without declaring them, and their types. */
const given = { ipvs: 'Ipvs', rules: 'Rule[]', current: 'DirectorState', desired: 'DesiredState' };

/** Returns an example as a module, with the imports and declarations it needs. */
function moduleOf(example: string): string {
  const uses = (name: string) => new RegExp(`\\b${name}\\b`).test(example);
  const makes = (name: string) =>
    new RegExp(`\\bconst (${name}|[{[][^}\\]]*\\b${name}\\b[^}\\]]*[}\\]])\\s*[:=]`).test(example);
  const variables = Object.entries(given).filter(([name]) => uses(name) && !makes(name));
  const types = variables.map(([, type]) => type.replace('[]', ''));
  const names = [...comments.keys()].filter((name) => uses(name) || types.includes(name));
  const files = ['readFileSync', 'writeFileSync'].filter(uses);
  return [
    `import { ${names.join(', ')} } from 'ipvsadm';`,
    `import { ${files.join(', ')} } from 'node:fs';`,
    ...variables.map(([name, type]) => `declare const ${name}: ${type};`),
    example,
  ].join('\n');
}

describe('the examples in the documentation', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'ipvsadm-examples-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  /** Compiles modules, given by name, and returns the compiler's messages. */
  const compile = (modules: ReadonlyMap<string, string>): string => {
    const cwd = mkdtempSync(join(folder, 'modules-'));
    for (const [name, text] of modules) writeFileSync(join(cwd, `${name}.mts`), text);
    const compilerOptions = {
      noEmit: true,
      rootDir: '/',
      paths: { ipvsadm: [library] },
      typeRoots: [inProject('node_modules/@types')],
      // Examples show how to obtain a value, and need not use it.
      noUnusedLocals: false,
      noUnusedParameters: false,
      verbatimModuleSyntax: false,
      isolatedModules: false,
    };
    const config = { extends: inProject('tsconfig.json'), compilerOptions, include: ['*.mts'] };
    writeFileSync(join(cwd, 'tsconfig.json'), JSON.stringify(config));
    const tsc = inProject('node_modules/.bin/tsc');
    return spawnSync(tsc, ['--project', '.'], { cwd, encoding: 'utf8' }).stdout;
  };

  it('exist for every export of the library', () => {
    assert.ok(comments.size > 50, String(comments.size));
    const bare = [...comments].filter(([, comment = '']) => examplesIn(comment).length === 0);
    assert.deepEqual(
      bare.map(([name]) => name),
      [],
    );
  });

  it('compile', () => {
    const [ofModule = ''] = readFileSync(library, 'utf8').split('*/');
    const all = [['index', ofModule] as const, ...comments];
    // The number distinguishes exports whose names differ only in case.
    const modules = all.flatMap(([name, comment = ''], number) =>
      examplesIn(comment).map((example, index) => [`${number}-${name}-${index}`, moduleOf(example)] as const),
    );
    const readme = [...readFileSync(inProject('README.md'), 'utf8').matchAll(/^```ts\n([\s\S]*?)^```$/gm)];
    assert.ok(readme.length > 0);
    const parts = readme.map(([, text = ''], index) => [`README-${index}`, text] as const);
    assert.equal(compile(new Map([...modules, ...parts])), '');
  });

  it('do not compile if they contain a mistake', () => {
    const faulty = moduleOf('const address: Address = Address.parse("::");\n');
    assert.match(compile(new Map([['wrong', faulty]])), /wrong\.mts\(\d+,\d+\): error TS2322/);
  });
});
