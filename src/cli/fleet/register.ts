import type { Command } from 'commander';
import type { Streams } from '../stdio/streams.ts';
import type { Session } from './session.ts';
import type { Words } from './settings.ts';

/** Runs what a command line asks for; the status that a task gives is the process's. */
export interface Runner {
  /** Runs a task on the fleet. */
  onFleet(command: Command, task: (session: Session) => Promise<number>): Promise<void>;
  /** Runs a task that opens by itself what the settings name. */
  withSettings(command: Command, task: (words: Words, streams: Streams) => Promise<number>): Promise<void>;
  /** Runs a task that needs no store. */
  alone(task: (streams: Streams) => Promise<number>): Promise<void>;
}

/** Adds a command to the program; the description that it gives there says what the command does. */
export type Register = (program: Command, runner: Runner) => void;
