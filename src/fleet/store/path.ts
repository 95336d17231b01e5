/** Tells whether a path means a key: one that ends in a slash means every key below it. */
export function covers(path: string, key: string): boolean {
  return path.endsWith('/') ? key.startsWith(path) : key === path;
}

/**
 * Returns the first key behind those of a path that ends in a slash, for stores that want the end of a range: the path with its
 * slash (0x2f) turned into the next character (0x30). Nothing for the path of a single key.
 */
export function rangeEnd(path: string): string | undefined {
  return path.endsWith('/') ? `${path.slice(0, -1)}0` : undefined;
}
