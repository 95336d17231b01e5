/** Error for a request that a fleet cannot carry out. The message is meant for users: a sentence, or one line per problem. */
export class FleetError extends Error {
  override readonly name: string = 'FleetError';
}
