/** Names of the directors of a fleet that is large enough for several waves and groups. */
export const names: readonly string[] = ['lb1', 'lb2', 'lb3', 'lb4', 'lb5'];
