import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { type Architecture, architectures } from './architecture.ts';
import { outputOf, project, sourceDate, text, version } from './project.ts';

/** A published file. */
export interface Artefact {
  readonly file: string;
  /** The architecture of the runtime in the file; undefined for the npm package. */
  readonly architecture?: Architecture;
}

interface Component {
  readonly 'bom-ref': string;
  readonly name: string;
}

interface Dependency {
  readonly ref: string;
  readonly dependsOn: readonly string[];
}

/** The part of a CycloneDX document that matters here. */
interface Bom {
  readonly metadata: { readonly component: Component };
  readonly components: readonly Component[];
  readonly dependencies: readonly Dependency[];
}

/** Packages that the executable does not contain: the addon, and the packages that it is built with. */
const addon = /^(netlink|node-addon-api|node-gyp-build|@types\/node)@/;

/**
 * Returns the bill of materials of files, as a CycloneDX document in JSON: npm's description of the packages that ours
 * uses, the runtimes, and each of the files with its checksum and components. The same files of the same source give the
 * same document.
 */
export function billOfMaterials(artefacts: readonly Artefact[]): string {
  const words = ['sbom', '--sbom-format=cyclonedx', '--omit=dev', '--package-lock-only'];
  const bom: Bom = JSON.parse(outputOf('npm', words, project));
  // npm uses the folder's name.
  const component = { ...bom.metadata.component, name: 'ipvsadm' };
  const packages = bom.components.map((one) => one['bom-ref']);
  const used = [...new Set(artefacts.flatMap(({ architecture }) => architecture ?? []))];
  const files = artefacts.map(({ file, architecture }) => ({
    component: fileComponent(file),
    dependsOn: architecture
      ? [...packages.filter((ref) => !addon.test(ref)), runtimeComponent(architecture)['bom-ref']]
      : [component['bom-ref']],
  }));
  const document = {
    ...bom,
    serialNumber: '',
    metadata: { ...bom.metadata, component, timestamp: new Date(sourceDate() * 1000).toISOString() },
    components: [...bom.components, ...used.map(runtimeComponent), ...files.map((one) => one.component)],
    dependencies: [
      ...bom.dependencies,
      ...files.map(({ component, dependsOn }) => ({ ref: component['bom-ref'], dependsOn })),
    ],
  };
  const serialNumber = `urn:uuid:${uuidOf(JSON.stringify(document))}`;
  return `${JSON.stringify({ ...document, serialNumber }, undefined, 2)}\n`;
}

function fileComponent(file: string) {
  const name = basename(file);
  return {
    'bom-ref': name,
    type: 'file',
    name,
    version,
    hashes: [{ alg: 'SHA-256', content: checksum(file) }],
  };
}

/** Returns the runtime as a component, from the lock file of its package. */
function runtimeComponent(architecture: Architecture) {
  const { runtime } = architectures[architecture];
  const { version, integrity, license } = JSON.parse(text('packaging/runtime/package-lock.json')).packages[
    `node_modules/${runtime}`
  ];
  return {
    'bom-ref': `${runtime}@${version}`,
    type: 'platform',
    name: runtime,
    version,
    description: 'The runtime in the executable. The accompanying file copyright lists the libraries in it.',
    purl: `pkg:npm/${encodeURIComponent(runtime).replace('%2F', '/')}@${version}`,
    hashes: [
      { alg: 'SHA-512', content: Buffer.from(integrity.replace(/^sha512-/, ''), 'base64').toString('hex') },
    ],
    licenses: [{ license: { id: license } }],
  };
}

/** Returns the SHA-256 checksum of a file. */
export function checksum(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

/** Returns a UUID of version 8 (RFC 9562), derived from a text. */
function uuidOf(words: string): string {
  const hash = createHash('sha256').update(words).digest('hex');
  const variant = ((Number.parseInt(hash.charAt(16), 16) & 0x3) | 0x8).toString(16);
  return [
    hash.slice(0, 8),
    hash.slice(8, 12),
    `8${hash.slice(13, 16)}`,
    `${variant}${hash.slice(17, 20)}`,
    hash.slice(20, 32),
  ].join('-');
}
