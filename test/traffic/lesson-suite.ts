import { after, before, describe, it } from 'node:test';
import { kernelSuite } from '../lab/kernel-suite.ts';
import { Narration } from '../lab/narration.ts';
import type { Lesson } from './lesson.ts';
import { perform } from './perform.ts';
import { Stage } from './stage.ts';

/** Declares a kernel suite of lessons, in which every step is a test. */
export function lessonSuite(importMetaUrl: string, name: string, lessons: readonly Lesson[]): void {
  const define = () => {
    for (const lesson of lessons) describe(lesson.title, () => lessonTests(lesson));
  };
  kernelSuite(importMetaUrl, name, define, {
    fetch: () => Promise.all(lessons.map(({ tools }) => tools?.())),
    memory: lessons.find(({ memory }) => memory)?.memory,
    notUml: lessons.find(({ notUml }) => notUml !== undefined)?.notUml,
  });
}

function lessonTests(lesson: Lesson): void {
  let transcript = '';
  const narration = new Narration((text) => {
    transcript += text;
  });
  let stage: Stage;
  let failed = false;
  before(async () => {
    stage = await Stage.open(lesson, narration, `${lesson.name}-`);
  });
  after(() => stage.close());
  for (const step of lesson.steps) {
    it(step.title, async (context) => {
      if (failed) return context.skip('an earlier step failed');
      transcript = '';
      try {
        await perform(step, stage, narration);
      } catch (error) {
        failed = true;
        throw new Error(`${(error as Error).message}\nOutput of the step until then:\n${transcript}`, {
          cause: error,
        });
      }
    });
  }
}
