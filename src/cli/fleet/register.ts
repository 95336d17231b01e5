import type { Command } from 'commander';
import type { Streams } from '../stdio/streams.ts';
import type { Session } from './session.ts';
import type { RawSettings } from './settings.ts';

/** Runs the task of a command; the status that the task returns becomes the exit status. */
export interface Runner {
  /** Runs a task on the fleet. */
  onFleet(command: Command, task: (session: Session) => Promise<number>): Promise<void>;
  /** Runs a task that opens the store or rule file in the settings itself. */
  withSettings(
    command: Command,
    task: (words: RawSettings, streams: Streams) => Promise<number>,
  ): Promise<void>;
  /** Runs a task that needs no store. */
  alone(task: (streams: Streams) => Promise<number>): Promise<void>;
}

/** Adds a command to the program; its description there documents the command. */
export type Register = (program: Command, runner: Runner) => void;
