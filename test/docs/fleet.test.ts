import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import type { Command, Option } from 'commander';
import { fleetProgram as program } from '../../packaging/completion.ts';
import { FakeDirector } from './completion.ts';
import { optionsNamed, page } from './manual.ts';

const options = [program, ...program.commands].flatMap((command) => command.options);

describe('ipvsadm-fleet(8)', () => {
  const manual = page('ipvsadm-fleet');
  const text = manual.lines.join('\n');

  it('describes every command', () => {
    assert.ok(program.commands.length > 15);
    assert.deepEqual(
      program.commands
        .map((command) => command.name())
        .filter((name) => !new RegExp(`Ic ${name}\\b`).test(text)),
      [],
    );
  });

  it('lists the options of each command, with their arguments, and no others', () => {
    const described = describedOptions(manual);
    for (const command of [program, ...program.commands]) {
      const options = command.options.filter(({ long }) => long !== '--version').map(spelling);
      assert.deepEqual(described.get(command.name())?.toSorted() ?? [], options.toSorted(), command.name());
    }
  });

  it('lists the arguments of each command', () => {
    for (const command of program.commands) {
      const [, words = ''] =
        new RegExp(`^\\.It (?:.* , )?Ic ${command.name()}\\b(.*?)(?: , Ic .*)?$`, 'm').exec(text) ?? [];
      const plain = words.replace(/(?:Op|Oo) Fl.*$/, '').replace(/Fl (?:Fl )?\S+(?: Ar \S+)?/g, '');
      const found = [...plain.matchAll(/Ar (\S+)/g)].flatMap(([, name = '']) => name.toLowerCase());
      assert.deepEqual(
        found.filter((name) => name !== 'option'),
        command.registeredArguments.map((argument) => argument.name().toLowerCase()),
        command.name(),
      );
    }
  });

  it('has help that quotes no default, and shows no empty one', () => {
    for (const command of [program, ...program.commands])
      assert.doesNotMatch(command.helpInformation(), /default: "/, command.name());
  });

  it('mentions no option that does not exist', () => {
    const known = new Set(options.flatMap(({ short, long }) => [short?.slice(1), long]));
    assert.deepEqual(
      [...optionsNamed(manual)].filter((name) => !known.has(name) && !known.has(name.replace(/^-/, ''))),
      [],
    );
  });
});

/** Returns an option as written in the manual: the short form if there is one, with the argument. */
function spelling({ short, long, flags }: Option): string {
  const [, label] = /<([a-z]+)>/i.exec(flags) ?? [];
  return [short ?? long, ...(label === undefined ? [] : [label])].join(' ');
}

/** Returns the options listed in the manual by command; options of all commands are under the program's name. */
function describedOptions({ lines }: ReturnType<typeof page>): Map<string, string[]> {
  const found = new Map<string, string[]>();
  let command = program.name();
  for (const line of lines) {
    if (line.startsWith('.Sh ')) command = program.name();
    if (!/^\.It (Ic|Fl) /.test(line)) continue;
    for (const part of line.split(/ (?=Ic )/)) {
      command = /^Ic (\S+)/.exec(part)?.[1] ?? command;
      const flags = [...part.matchAll(/Fl (Fl )?(\S+)(?: Ar (\S+))?/g)].map(
        ([, second, name, label]) => `${second ? '--' : '-'}${name}${label === undefined ? '' : ` ${label}`}`,
      );
      found.set(command, [...(found.get(command) ?? []), ...flags]);
    }
  }
  return found;
}

describe('the completion of ipvsadm-fleet', () => {
  const director = new FakeDirector();
  after(() => director.dispose());
  const gives = (line: string, ...expected: readonly string[]) =>
    assert.deepEqual(director.complete(`ipvsadm-fleet ${line}`), expected.toSorted(), line);

  it('is registered for ipvsadm-fleet', () => {
    assert.equal(director.run('complete -p ipvsadm-fleet'), 'complete -F _ipvsadm_fleet ipvsadm-fleet\n');
  });

  it('offers every command, and the options of each', () => {
    gives('', ...program.commands.map((command) => command.name()));
    gives('ro', 'rollout', 'rollback');
    const shared = longNames(program);
    for (const command of program.commands) gives(`${command.name()} --`, ...shared, ...longNames(command));
    gives('publish -', ...shared, ...longNames(program.commands[0]), '-h', '-m', '-v');
  });

  it('offers the values of an option, and no others', () => {
    gives('rollout 7 --on-failure ', 'halt', 'rollback');
    gives('rollout 7 --offline=s', 'skip');
    gives('rollout 7 --bake ');
    gives('--store etcd://a ro', 'rollback', 'rollout');
    gives('--fleet log sho', 'show');
    gives('show ');
  });
});

/** Returns the long names of a command's options; `--help` only for the program itself. */
function longNames(command: Command | undefined): string[] {
  if (!command) return [];
  const names = command
    .createHelp()
    .visibleOptions(command)
    .flatMap(({ long }) => long ?? []);
  return names.filter((name) => name !== '--help' || command === program);
}

describe('ipvsadm-fleet --help', () => {
  for (const command of program.commands) {
    it(`fits 80 columns for ${command.name()}`, () => {
      assert.deepEqual(
        command
          .helpInformation()
          .split('\n')
          .filter((line) => line.length > 80),
        [],
      );
    });
  }
});
