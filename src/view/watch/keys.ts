/** A key press: a character, or the name of a special key. */
export type Key =
  | 'up'
  | 'down'
  | 'page-up'
  | 'page-down'
  | 'home'
  | 'end'
  | 'enter'
  | 'escape'
  | 'backspace'
  | 'clear'
  | 'interrupt'
  | 'suspend'
  | 'redraw'
  | { readonly sign: string };

const controls: Readonly<Record<string, Key>> = {
  '\r': 'enter',
  '\n': 'enter',
  '\x7f': 'backspace',
  '\b': 'backspace',
  '\x15': 'clear',
  '\x03': 'interrupt',
  '\x1a': 'suspend',
  '\x0c': 'redraw',
};

/** Keys by the characters that terminals send after `ESC [` or `ESC O`. */
const sequences: Readonly<Record<string, Key>> = {
  A: 'up',
  B: 'down',
  H: 'home',
  F: 'end',
  '1~': 'home',
  '4~': 'end',
  '5~': 'page-up',
  '6~': 'page-down',
};

const esc = '\x1b';
/** An escape sequence, a single escape, or a character. */
const pattern = new RegExp(`${esc}[[O]([0-9;]*[@-~])|${esc}|[^${esc}]`, 'gsu');

/** Decodes terminal input into keys; unknown escape sequences are skipped. */
export function readKeys(text: string): Key[] {
  const keys: Key[] = [];
  for (const [match, sequence] of text.matchAll(pattern)) {
    if (sequence !== undefined) {
      const key = sequences[sequence];
      if (key) keys.push(key);
    } else if (match === esc) {
      keys.push('escape');
    } else {
      const key = controls[match];
      if (key) keys.push(key);
      else if (!/\p{Cc}/u.test(match)) keys.push({ sign: match });
    }
  }
  return keys;
}
