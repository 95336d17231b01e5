import { InvalidArgumentError } from 'commander';
import { longestRemark } from '../../fleet/documents/fields.ts';

const units: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3600 };

/** Parses a time such as `90`, `90s`, `5m` or `1h`. Returns seconds. */
export function parseDuration(text: string): number {
  const [, digits, unit = ''] = /^([0-9]{1,7})([smh]?)$/.exec(text) ?? [];
  if (digits === undefined)
    throw new InvalidArgumentError('Expected a time with a unit of s, m or h, such as 5m.');
  return Number(digits) * (units[unit] ?? 1);
}

/** Parses a whole number from 0 on. */
export function parseCount(text: string): number {
  if (/^[0-9]{10,}$/.test(text)) throw new InvalidArgumentError('The number is too large.');
  if (!/^[0-9]{1,9}$/.test(text)) throw new InvalidArgumentError('Expected a number.');
  return Number(text);
}

/** Parses the number of a revision. */
export function parseRevision(text: string): number {
  const number = parseCount(text);
  if (number === 0) throw new InvalidArgumentError('Expected a revision number, 1 or higher.');
  return number;
}

/** Parses a message or reason, whose length is limited. */
export function parseReason(text: string): string {
  if (text.length > longestRemark) throw new InvalidArgumentError(`At most ${longestRemark} characters.`);
  return text;
}

/** Collects the values of a repeatable option. */
export function gather(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}

/** Formats a timestamp in local time: `2026-11-28 22:00:07`. */
export function localTime(moment: string): string {
  const time = new Date(moment);
  const part = (number: number) => String(number).padStart(2, '0');
  const day = [time.getFullYear(), part(time.getMonth() + 1), part(time.getDate())].join('-');
  return `${day} ${[time.getHours(), time.getMinutes(), time.getSeconds()].map(part).join(':')}`;
}
