import { runtimeVersion, text } from './project.ts';

/** Long licences: the names of our files, and of Debian's. */
const longLicences = { 'LGPL-2.0': 'LGPL-2', 'LGPL-2.1': 'LGPL-2.1', 'Apache-2.0': 'Apache-2.0' } as const;

/**
 * Returns the copyright and the licences of everything in the executable, in Debian's machine-readable form.
 *
 * @param longTexts whether to include long licences, or the paths of Debian's copies
 */
export function copyright(longTexts: 'included' | 'in Debian'): string {
  const [, ours = ''] = /^(Permission .*)/ms.exec(text('LICENSE')) ?? [];
  const paragraphs: Record<string, string> = { MIT: ours, 'Unicode-3.0': licence('Unicode-3.0') };
  for (const [name, debian] of Object.entries(longLicences))
    paragraphs[name] =
      longTexts === 'included'
        ? licence(name)
        : `On Debian systems, its text is in\n/usr/share/common-licenses/${debian}.`;
  return text('packaging/licences/copyright')
    .replace('@bun@', runtimeVersion)
    .replace(/^@(.*)@$/gm, (_, name: string) => asParagraph(paragraphs[name] ?? licence(name)));
}

function licence(name: string): string {
  return text(`packaging/licences/${name}.txt`);
}

/** Returns a text as the continuation of a field. */
function asParagraph(words: string): string {
  return words
    .replace(/\f/g, '')
    .replace(/^\n+|\s+$/g, '')
    .replace(/^(?=.)/gm, ' ')
    .replace(/^\s*$/gm, ' .');
}
