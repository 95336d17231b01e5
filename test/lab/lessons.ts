import type { Lesson } from '../traffic/lesson.ts';
import { caches } from '../traffic/lessons/caches.ts';
import { dr, dr6 } from '../traffic/lessons/dr.ts';
import { fleet } from '../traffic/lessons/fleet.ts';
import { fullnat } from '../traffic/lessons/fullnat.ts';
import { ha } from '../traffic/lessons/ha.ts';
import { hashing } from '../traffic/lessons/hashing.ts';
import { ldirectord } from '../traffic/lessons/ldirectord.ts';
import { local } from '../traffic/lessons/local.ts';
import { marks } from '../traffic/lessons/marks.ts';
import { nat, nat6 } from '../traffic/lessons/nat.ts';
import { persistence } from '../traffic/lessons/persistence.ts';
import { schedulers } from '../traffic/lessons/schedulers.ts';
import { sctp } from '../traffic/lessons/sctp.ts';
import { sync } from '../traffic/lessons/sync.ts';
import { thresholds } from '../traffic/lessons/thresholds.ts';
import { gre, gue, tun, tun6 } from '../traffic/lessons/tunnel.ts';
import { udp } from '../traffic/lessons/udp.ts';

/** The lessons of `npm run lab`, in reading order. */
export const lessons: readonly Lesson[] = [
  ...[nat, fullnat, dr, tun, gre, gue, local],
  ...[nat6, dr6, tun6],
  ...[schedulers, hashing, caches],
  ...[persistence, marks, udp, sctp, thresholds],
  ...[sync, ha, ldirectord, fleet],
];

/** The list of lessons, one per line. */
export const listOfLessons = lessons.map(({ name, title }) => `  ${name.padEnd(13)}${title}\n`).join('');
