import { perform } from '../traffic/perform.ts';
import { Stage } from '../traffic/stage.ts';
import { directorShell } from './director-shell.ts';
import { lessons } from './lessons.ts';
import { Narration } from './narration.ts';

// Runs in the lab for `npm run lab -- LESSON [--shell]`: performs the lesson, then opens the shell.

const [name, wantsShell] = process.argv.slice(2);
const lesson = lessons.find((known) => known.name === name);
if (!lesson) throw new Error(`there is no lesson ${name}`);
const narration = new Narration();
const stage = await Stage.open(lesson, narration);
try {
  narration.chapter(`Lesson ${lesson.name}: ${lesson.title}`);
  narration.say(...lesson.introduction);
  for (const step of lesson.steps) await perform(step, stage, narration);
  narration.say('', 'Everything shown above was checked as it ran.');
  if (wantsShell) {
    const { desk = 'director', layout, environment, url } = lesson;
    const tools = await lesson.tools?.();
    const path = [...(tools?.path ?? []), process.env.PATH].join(':');
    Object.assign(process.env, tools?.environment, environment, { PATH: path });
    const machines = Object.keys(layout).filter((machine) => machine !== desk);
    await directorShell({ world: stage.world, desk, machines, greeting: [''], url });
  }
} catch (error) {
  narration.say('', 'The lesson failed here:', (error as Error).message);
  process.exitCode = 1;
} finally {
  await stage.close();
}
