import type { Narration } from '../lab/narration.ts';
import type { Step } from './lesson.ts';
import type { Stage } from './stage.ts';

/** Performs and narrates a step of a lesson; throws if a command or the proof fails. */
export async function perform(step: Step, stage: Stage, narration: Narration): Promise<void> {
  narration.chapter(step.title);
  if (step.words) narration.say(...step.words, '');
  for (const typed of step.typed ?? []) {
    if (typeof typed === 'string') await stage.type(typed);
    else if (typed.background) stage.start(typed.line, typed.on);
    else await stage.type(typed.line, typed.on);
  }
  await step.proof?.(stage);
}
