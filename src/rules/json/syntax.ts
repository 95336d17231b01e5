/** A token of RFC 8259, after blanks. */
const token =
  /[ \t\n\r]*(?:[{}[\],:]|"(?:[^"\\\n\r\t]|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})*"|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null)/y;

type Expected = 'value' | 'value or ]' | 'key' | 'key or }' | 'colon' | 'comma or end' | 'nothing';

/** The line, counted from 1, on which `text` ceases to be JSON; {@link JSON.parse} does not always tell. */
export function lineOfSyntaxError(text: string): number {
  const reader = new TokenReader();
  token.lastIndex = 0;
  let end = 0;
  for (let match = token.exec(text); match && reader.takes(match[0].trimStart()); match = token.exec(text)) {
    end = token.lastIndex;
  }
  const blanks = /^[ \t\n\r]*/.exec(text.slice(end))?.[0] ?? '';
  return text.slice(0, end + blanks.length).split('\n').length;
}

/** Follows the grammar of JSON. */
class TokenReader {
  readonly #open: ('{' | '[')[] = [];
  #expected: Expected = 'value';

  /** Whether `token` can stand here. */
  takes(token: string): boolean {
    const next = this.#after(token);
    if (next) this.#expected = next;
    return next !== undefined;
  }

  #after(token: string): Expected | undefined {
    const expected = this.#expected;
    const inObject = this.#open.at(-1) === '{';
    switch (token) {
      case '{':
      case '[':
        if (!expected.startsWith('value')) return undefined;
        this.#open.push(token);
        return token === '{' ? 'key or }' : 'value or ]';
      case '}':
      case ']': {
        const mayEnd = expected === 'comma or end' || expected.endsWith(token);
        return mayEnd && inObject === (token === '}') ? this.#close() : undefined;
      }
      case ',':
        if (expected !== 'comma or end') return undefined;
        return inObject ? 'key' : 'value';
      case ':':
        return expected === 'colon' ? 'value' : undefined;
      default:
        if (expected.startsWith('key')) return token.startsWith('"') ? 'colon' : undefined;
        return expected.startsWith('value') ? this.#afterValue() : undefined;
    }
  }

  #close(): Expected {
    this.#open.pop();
    return this.#afterValue();
  }

  #afterValue(): Expected {
    return this.#open.length > 0 ? 'comma or end' : 'nothing';
  }
}
