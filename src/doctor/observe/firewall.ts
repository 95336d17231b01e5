import { type ExecFileException, execFile } from 'node:child_process';
import type { Family } from '../../ipvs/address.ts';
import { isExecutable } from '../../platform/is-executable.ts';
import type { Marking, MarkSetter } from '../marks.ts';
import type { SourceNat, SourceNatRule } from '../source-nat.ts';
import type { Modules } from '../system.ts';
import type { FileReader } from './files.ts';
import { parseIptables } from './iptables.ts';
import { parseIptablesSourceNat } from './iptables-source-nat.ts';
import { parseNftables } from './nftables.ts';

/** Locations of firewall rules and programs; tests replace them. */
export interface FirewallPlaces {
  /** Absolute paths of folders with programs. */
  readonly folders: readonly string[];
  readonly proc: string;
  readonly modules: string;
  /** Time limit for a program, in milliseconds. */
  readonly timeout: number;
}

const defaultPlaces: FirewallPlaces = {
  folders: ['/usr/sbin', '/sbin', '/usr/bin', '/bin'],
  proc: '/proc',
  modules: '/lib/modules',
  timeout: 5000,
};

/** Modules that mark packets without rules of nftables or iptables: actions of tc(8), ebtables, BPF programs. */
const otherMarkers = ['act_bpf', 'act_connmark', 'act_ctinfo', 'act_skbedit', 'cls_bpf', 'ebt_mark'];

const versions = { inet: '', inet6: '6' } as const;
const tableFamilies = { inet: 'ip', inet6: 'ip6' } as const;
const families: readonly Family[] = ['inet', 'inet6'];

/** The rules of a firewall that matter to IPVS. */
export interface Firewall {
  readonly marking: Marking;
  readonly sourceNat: SourceNat;
}

/** An unknown firewall. */
export const unknownFirewall: Firewall = {
  marking: { setters: [], isComplete: false },
  sourceNat: { rules: [], isComplete: false },
};

/**
 * Reads the rules that set marks or change source addresses. A program runs only if the kernel has tables that the program
 * lists, as querying other tables would load modules.
 */
export async function readFirewall(
  modules: Modules,
  files: FileReader,
  places: FirewallPlaces = defaultPlaces,
): Promise<Firewall> {
  const parts = await Promise.all([
    readNftables(modules, files, places),
    ...families.map((family) => readLegacyIptables(family, files, places)),
  ]);
  const isComplete = parts.every((part) => part !== undefined);
  return {
    marking: {
      setters: parts.flatMap((part) => part?.setters ?? []),
      isComplete: isComplete && !otherMarkers.some((module) => modules.loaded.has(module)),
    },
    sourceNat: { rules: parts.flatMap((part) => part?.sourceNat ?? []), isComplete },
  };
}

/** The rules reported by one program. */
interface Rules {
  readonly setters: readonly MarkSetter[];
  readonly sourceNat: readonly SourceNatRule[];
}

const noRules: Rules = { setters: [], sourceNat: [] };

/** Returns the rules of nftables, including iptables rules stored in nftables; `undefined` if they cannot be read. */
async function readNftables(
  modules: Modules,
  files: FileReader,
  places: FirewallPlaces,
): Promise<Rules | undefined> {
  const isPresent = isModulePresent('nf_tables', modules, files, places);
  if (!isPresent) return isPresent === undefined ? undefined : noRules;
  const rules = await runProgram(['nft'], ['-j', 'list', 'ruleset'], parseNftables, files, places);
  if (!rules) return undefined;
  const setters = [...rules.setters];
  const sourceNat = [...rules.sourceNat];
  const known = new Set<string>();
  for (const family of families) {
    if (!rules.foreign.has(tableFamilies[family])) continue;
    const found = await readSavedIptables('nft', family, files, places);
    if (!found) return undefined;
    setters.push(...found.setters);
    sourceNat.push(...found.sourceNat);
    known.add(tableFamilies[family]);
  }
  const hidden = [...rules.foreign].filter((family) => !known.has(family));
  files.unreadable.push(
    ...hidden.map((family) => `rules of xtables in ${family} tables (nft does not print them)`),
  );
  return hidden.length === 0 ? { setters, sourceNat } : undefined;
}

/** Returns the rules of legacy iptables tables, which are not stored in nftables; `undefined` if they cannot be read. */
async function readLegacyIptables(
  family: Family,
  files: FileReader,
  places: FirewallPlaces,
): Promise<Rules | undefined> {
  const path = `${places.proc}/net/ip${versions[family]}_tables_names`;
  const before = files.unreadable.length;
  const names = files.read(path);
  if (names === undefined) return files.unreadable.length === before ? noRules : undefined;
  return names.trim() === '' ? noRules : readSavedIptables('legacy', family, files, places);
}

async function readSavedIptables(
  variant: 'nft' | 'legacy',
  family: Family,
  files: FileReader,
  places: FirewallPlaces,
): Promise<Rules | undefined> {
  const name = `ip${versions[family]}tables`;
  const parse = (text: string) => {
    const setters = parseIptables(text, family);
    return setters && { setters, sourceNat: parseIptablesSourceNat(text, family) };
  };
  return runProgram([`${name}-${variant}-save`, `${name}-save`], [], parse, files, places);
}

/** Reports whether the kernel has a module, loaded or built in; `undefined` if that cannot be read. */
function isModulePresent(
  name: string,
  modules: Modules,
  files: FileReader,
  places: FirewallPlaces,
): boolean | undefined {
  if (modules.loaded.has(name)) return true;
  const release = files.read(`${places.proc}/sys/kernel/osrelease`)?.trim();
  const builtIn = release && files.read(`${places.modules}/${release}/modules.builtin`);
  return builtIn ? builtIn.split('\n').some((path) => path.endsWith(`/${name}.ko`)) : undefined;
}

/**
 * Runs the first existing program, and returns its parsed output; `undefined` if there is no program, or if it fails, or if
 * `parse` returns `undefined`, all of which `files` records.
 */
async function runProgram<T>(
  programs: readonly string[],
  words: readonly string[],
  parse: (text: string) => T | undefined,
  files: FileReader,
  { folders, timeout }: FirewallPlaces,
): Promise<T | undefined> {
  const paths = programs.flatMap((program) => folders.map((folder) => `${folder}/${program}`));
  const path = paths.find(isExecutable);
  if (path === undefined) {
    files.unreadable.push(`rules listed by ${programs.join(' or ')} (not installed)`);
    return undefined;
  }
  const options = { timeout, killSignal: 'SIGKILL', maxBuffer: 256 * 1024 * 1024 } as const;
  return new Promise((resolve) => {
    execFile(path, words, options, (error, stdout) => {
      const parsed = error ? undefined : parse(stdout);
      if (parsed === undefined)
        files.unreadable.push(`rules listed by ${path} (${reasonOf(error, timeout)})`);
      resolve(parsed);
    });
  });
}

/** Returns why the output of a program cannot be used. */
function reasonOf(error: ExecFileException | null, timeout: number): string {
  if (!error) return 'some or all of its output has an unknown form';
  return error.killed ? `no answer within ${timeout / 1000} s` : `exit status ${error.code}`;
}
