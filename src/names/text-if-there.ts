/** Returns the text of a file; empty where the file cannot be read. */
export function textIfThere(path: string): string {
  try {
    return process.getBuiltinModule('node:fs').readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
