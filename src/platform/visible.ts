/**
 * Characters that a terminal interprets or does not show: controls, direction marks, blanks that look like a space or like
 * nothing, line and paragraph separators.
 */
const invisible = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]|(?! )\p{Zs}/gu;

/** Returns an untrusted word with its invisible characters escaped: `\u200b`, `\u{e0001}`. */
export function visible(word: string): string {
  return word.replace(invisible, (character) => {
    const code = character.codePointAt(0)?.toString(16) ?? '';
    return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, '0')}`;
  });
}

/** Returns an untrusted text with the invisible characters of each of its lines escaped. */
export function visibleLines(text: string): string {
  return text.split('\n').map(visible).join('\n');
}

/** Returns an untrusted text quoted as in JSON, with its invisible characters escaped. */
export function quoted(text: string): string {
  return visible(JSON.stringify(text));
}

/** Returns an untrusted text without its invisible characters. */
export function withoutInvisible(text: string): string {
  return text.replace(invisible, '');
}
