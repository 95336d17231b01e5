/** The lab, or one kernel of it, cannot be had on this machine; the message is a sentence for the user. */
export class LabUnavailable extends Error {
  override name = 'LabUnavailable';
}
