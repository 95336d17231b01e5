/** Nothing: how this engine compiles is said when the executable is built. */
export function compileInSmallPieces(): void {}
