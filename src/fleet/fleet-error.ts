/** Something that a fleet cannot do as it was asked to. Its message is a sentence for a person, or a line for each thing. */
export class FleetError extends Error {
  override readonly name: string = 'FleetError';
}
