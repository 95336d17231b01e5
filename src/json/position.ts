import {
  findNodeAtLocation,
  type Node,
  type ParseError,
  parse,
  parseTree,
  printParseErrorCode,
} from 'jsonc-parser';
import type { Path } from './faults.ts';

/** Returns the line, counted from 1, of the first JSON syntax error in a text, and the reason. */
export function syntaxErrorOf(text: string): { line: number; reason: string } {
  const errors: ParseError[] = [];
  parse(text, errors, { disallowComments: true, allowTrailingComma: false });
  const [first] = errors;
  const words = first ? printParseErrorCode(first.error).replace(/(?<!^)[A-Z]/g, ' $&') : 'end of file';
  return { line: lineAt(text, first?.offset ?? text.length), reason: words.toLowerCase() };
}

/** Positions of values in a JSON text. */
export class Positions {
  readonly #tree: Node | undefined;
  /** Offsets of the line feeds, in order. */
  readonly #lineFeeds: readonly number[];

  /** @param text is JSON */
  constructor(text: string) {
    this.#tree = parseTree(text);
    this.#lineFeeds = Array.from(text.matchAll(/\n/g), ({ index }) => index);
  }

  /** Returns the offset of the value at a path or, where there is none, of the innermost value around it. */
  offset(path: Path): number {
    for (let length = path.length; this.#tree && length > 0; length--) {
      const node = findNodeAtLocation(this.#tree, [...path.slice(0, length)]);
      if (node) return node.offset;
    }
    return 0;
  }

  /** Returns the line of an offset, counted from 1. */
  lineOf(offset: number): number {
    let [first, end] = [0, this.#lineFeeds.length];
    while (first < end) {
      const middle = (first + end) >> 1;
      if ((this.#lineFeeds[middle] ?? offset) < offset) first = middle + 1;
      else end = middle;
    }
    return first + 1;
  }
}

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}
