/** From so many services or rules on, there is something to be gained. */
const many = 500;

/** Prepares the engine for work on so many services or rules; what does that is loaded only where there are many. */
export async function prepareForMany(count: number): Promise<void> {
  if (count < many) return;
  const { compileInSmallPieces } = await import('#engine');
  compileInSmallPieces();
}
