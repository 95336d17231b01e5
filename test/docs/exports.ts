import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The doc comment of an export, if any. */
type Comment = string | undefined;

const reexport = /^export (?:type )?(?:(\*)|\{([^}]*)\}) from '(\.[^']*)';$/gm;

const declaration =
  /(\/\*\*(?:(?!\*\/)[\s\S])*\*\/\n)?^export (?:declare |abstract |async )*(?:class|interface|type|const|function\*?) (\w+)/gm;

/** Returns the doc comments of all exports of a module, re-exports included, by name. */
export function commentsOfExports(file: string): Map<string, Comment> {
  const text = readFileSync(file, 'utf8');
  const comments = new Map<string, Comment>();
  for (const [, star, list = '', path = ''] of text.matchAll(reexport)) {
    const source = commentsOfExports(join(dirname(file), path));
    const specifiers = star ? [...source.keys()] : list.split(',').filter((word) => word.trim());
    for (const specifier of specifiers) {
      const [name = '', alias = name] = specifier
        .trim()
        .replace(/^type /, '')
        .split(' as ');
      if (!source.has(name)) throw new Error(`${file}: there is no ${name} in ${path}`);
      comments.set(alias, source.get(name));
    }
  }
  for (const [, comment, name = ''] of text.matchAll(declaration)) comments.set(name, comment);
  return comments;
}

/** Returns the examples in a doc comment, without the leading asterisks. */
export function examplesIn(comment: string): string[] {
  const lines = comment.replace(/^\/\*\*|\*\/\s*$/g, '').replace(/^ \* ?/gm, '');
  return lines.split(/^(?=@)/m).flatMap((section) => {
    const [, example] = /^@example\n([\s\S]*)/.exec(section) ?? [];
    return example === undefined ? [] : [example];
  });
}
