import {
  findNodeAtLocation,
  type Node,
  type ParseError,
  parse,
  parseTree,
  printParseErrorCode,
} from 'jsonc-parser';
import type { Path } from './faults.ts';

/** Says where a text ceases to be JSON, by its line counted from 1, and why. */
export function syntaxErrorOf(text: string): { line: number; reason: string } {
  const errors: ParseError[] = [];
  parse(text, errors, { disallowComments: true, allowTrailingComma: false });
  const [first] = errors;
  const words = first ? printParseErrorCode(first.error).replace(/(?<!^)[A-Z]/g, ' $&') : 'end of file';
  return { line: lineAt(text, first?.offset ?? text.length), reason: words.toLowerCase() };
}

/** Positions of values in a JSON text. */
export class Positions {
  readonly #text: string;
  readonly #tree: Node | undefined;

  /** @param text is JSON */
  constructor(text: string) {
    this.#text = text;
    this.#tree = parseTree(text);
  }

  /** The offset of the value at a path; of the innermost value around it where there is none. */
  offset(path: Path): number {
    for (let length = path.length; this.#tree && length > 0; length--) {
      const node = findNodeAtLocation(this.#tree, [...path.slice(0, length)]);
      if (node) return node.offset;
    }
    return 0;
  }

  /** The line of an offset, counted from 1. */
  lineOf(offset: number): number {
    return lineAt(this.#text, offset);
  }
}

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}
