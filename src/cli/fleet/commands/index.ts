import type { Register } from '../register.ts';
import { registerAgent } from './agent.ts';
import { registerAbort, registerPause, registerResume } from './control.ts';
import { registerDiff } from './diff.ts';
import { registerForget, registerGroup, registerHold, registerRelease } from './directors.ts';
import { registerDrain, registerUndrain } from './drain.ts';
import { registerKeygen } from './keygen.ts';
import { registerLog } from './log.ts';
import { registerMetrics } from './metrics.ts';
import { registerPublish } from './publish.ts';
import { registerRollback } from './rollback.ts';
import { registerRollout } from './rollout.ts';
import { registerShow } from './show.ts';
import { registerStatus } from './status.ts';

/** All commands, in the order of the help. */
export const commands: readonly Register[] = [
  ...[registerPublish, registerLog, registerShow, registerDiff],
  ...[registerRollout, registerResume, registerPause, registerAbort, registerRollback],
  ...[registerStatus, registerHold, registerRelease, registerGroup, registerForget],
  ...[registerDrain, registerUndrain, registerMetrics],
  ...[registerAgent, registerKeygen],
];
