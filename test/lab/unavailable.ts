/** Error thrown where the lab, or one of its kernels, is not available on this machine; its message is for the user. */
export class LabUnavailable extends Error {
  override name = 'LabUnavailable';
}
