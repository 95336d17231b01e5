/**
 * Returns the value that a record of a document has for a name; undefined if it has none. A plain lookup would find what every
 * object inherits: a director may be named `constructor`.
 */
export function valueFor<Value>(record: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
