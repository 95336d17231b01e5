import type { NetlinkError } from '../netlink/errors.ts';
import type { CommandName } from '../rules/command.ts';
import { refusalSentence } from '../rules/messages.ts';

/** Says why the kernel did not do what a command asked for: the reference's words where the kernel refused. */
export function kernelErrorSentence(error: NetlinkError, command?: CommandName): string {
  const { errno } = error;
  if (errno === undefined) return `talking to the kernel failed: ${error.message}`;
  return refusalSentence(errno, command);
}
