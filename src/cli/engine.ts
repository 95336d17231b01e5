/** From so many services or rules on, there is something to be gained. */
const many = 500;

/** A function, or the constructor of a class. */
export type Code = ((...values: never[]) => unknown) | (abstract new (...values: never[]) => unknown);

/**
 * Prepares the engine for work on so many services or rules, of which `busy`, with the methods of classes, does the most; what
 * does that is loaded only where there are many.
 */
export async function prepareForMany(count: number, busy: readonly Code[]): Promise<void> {
  if (count < many) return;
  const { platform } = await import('#platform');
  await platform.tuneForBulk(busy.flatMap((code) => [code, ...membersOf(code.prototype ?? {})]));
}

/** The methods and getters of a prototype. */
function membersOf(prototype: object): readonly Code[] {
  const { constructor: _, ...members } = Object.getOwnPropertyDescriptors(prototype) as Record<
    string,
    PropertyDescriptor
  >;
  return Object.values(members).map(({ get, value }) => get ?? value);
}
