import type { NetlinkError } from '../netlink/errors.ts';
import type { CommandName } from '../rules/command.ts';
import { refusalSentence } from '../rules/messages.ts';

/** Returns why the kernel did not do what a command asked for; where it refused, in the words of the reference ipvsadm. */
export function kernelErrorSentence(error: NetlinkError, command?: CommandName): string {
  const { errno } = error;
  if (errno === undefined) return `cannot communicate with the kernel: ${error.message}`;
  return refusalSentence(errno, command);
}
