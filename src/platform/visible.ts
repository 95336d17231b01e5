/**
 * Characters that a terminal obeys or does not show: controls, marks of direction, blanks that look like a space or like
 * nothing, line and paragraph separators.
 */
const invisible = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]|(?! )\p{Zs}/gu;

/** Returns a word from outside with its invisible characters as escapes: `\u200b`, `\u{e0001}`. */
export function visible(word: string): string {
  return word.replace(invisible, (character) => {
    const code = character.codePointAt(0)?.toString(16) ?? '';
    return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, '0')}`;
  });
}

/** Returns a text from outside in quotes as JSON has it, with its invisible characters as escapes. */
export function quoted(text: string): string {
  return visible(JSON.stringify(text));
}

/** Returns a text from outside without its invisible characters. */
export function withoutInvisible(text: string): string {
  return text.replace(invisible, '');
}
