import { addressesIn } from '../../ipvs/table.ts';
import { NetlinkError } from '../../netlink/errors.ts';
import type { DrawnScreen, WatchView } from '../../view/watch/draw-screen.ts';
import { readKeys } from '../../view/watch/keys.ts';
import { initialState, press, type WatchState } from '../../view/watch/state.ts';
import type { Status } from '../../view/watch/status-lines.ts';
import { kernelErrorSentence } from '../kernel-error-sentence.ts';
import type { Output } from '../stdio/output.ts';
import type { LateNames } from './names.ts';
import type { TableReader } from './reader.ts';
import { Session } from './session.ts';

/** Subject and options of {@link watch}. */
export interface WatchTask {
  readonly reader: TableReader;
  readonly view: WatchView;
  /** Absent for numeric output. */
  readonly names: LateNames | undefined;
  readonly info: Status['info'];
  /** Seconds between two refreshes. */
  readonly interval: number;
}

/** Fraction of the interval spent on reading servers that are not on the screen. */
const spareFraction = 0.004;

/**
 * Shows a table until the user quits, or a signal ends the process. `task.reader` must have read it once. Rejects with any
 * error thrown on the way, after restoring the terminal.
 */
export function watch(task: WatchTask, out: Output): Promise<void> {
  return new Watch(task, out).run();
}

class Watch {
  readonly #task: WatchTask;
  readonly #session: Session;
  #state: WatchState = initialState;
  #frame: DrawnScreen | undefined;
  #readAt = new Date();
  #error: string | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** Time of the next refresh, by the monotonic clock. */
  #due = performance.now();
  #reading = false;
  #end: (ended: () => void) => void = () => {};

  constructor(task: WatchTask, out: Output) {
    this.#task = task;
    this.#session = new Session(out, {
      typed: (text) => this.#try(() => this.#typed(text)),
      resized: () => this.#try(() => this.#resized()),
      signalled: (signal) => this.#endBy(signal),
    });
  }

  async run(): Promise<void> {
    const ending = new Promise<() => void>((resolve) => {
      this.#end = resolve;
    });
    try {
      this.#session.open();
      this.#draw();
      this.#schedule();
      const ended = await ending;
      this.#task.names?.close();
      ended();
    } finally {
      clearTimeout(this.#timer);
      this.#session.close();
    }
  }

  /** Runs the handler of an event; an error that it throws is thrown by {@link run}. */
  #try(task: () => void | Promise<void>): void {
    const fail = (error: unknown) =>
      this.#end(() => {
        throw error;
      });
    try {
      task()?.catch(fail);
    } catch (error) {
      fail(error);
    }
  }

  #schedule(): void {
    const { interval } = this.#task;
    const now = performance.now();
    // Missed refreshes are skipped, so that they do not pile up.
    while (this.#due <= now) this.#due += interval * 1000;
    this.#timer = setTimeout(() => this.#try(() => this.#refresh()), this.#due - now);
  }

  async #refresh(): Promise<void> {
    if (!this.#state.paused && !this.#reading) {
      const start = performance.now();
      const wanted = new Set(this.#frame?.visible);
      const { interval, reader } = this.#task;
      await this.#read(() => reader.read({ wanted, spare: interval * 1000 * spareFraction }));
      this.#readAt = new Date();
      await this.#catchUp(start);
    }
    this.#schedule();
  }

  /** Draws the screen, after reading servers that this brings into view, until everything visible was read after `time`. */
  async #catchUp(time: number): Promise<void> {
    const { reader } = this.#task;
    let frame = this.#compose();
    for (let tries = 0; tries < 3 && !this.#error; tries++) {
      const visible = new Set(frame.visible);
      let isOutdated = false;
      await this.#read(async () => {
        isOutdated = await reader.catchUp(visible, time);
      });
      if (!isOutdated) break;
      frame = this.#compose();
    }
    this.#show(frame);
  }

  /** Runs a read; a refusal by the kernel is shown in the first line. */
  async #read(task: () => Promise<void>): Promise<void> {
    this.#reading = true;
    try {
      await task();
      this.#error = undefined;
    } catch (error) {
      if (!(error instanceof NetlinkError) || error.code === 'CLOSED') throw error;
      this.#error = kernelErrorSentence(error, 'list');
    } finally {
      this.#reading = false;
    }
  }

  #compose(): DrawnScreen {
    const { reader, view, info, interval } = this.#task;
    const status = { info, interval, time: this.#readAt, error: this.#error };
    this.#frame = view.draw(reader.services, this.#state, this.#session.size, status);
    return this.#frame;
  }

  #draw(): void {
    this.#show(this.#compose());
  }

  #show({ text, cursor }: DrawnScreen): void {
    this.#session.screen.draw(text, this.#session.size.columns, cursor);
    this.#try(() => this.#nameVisible());
  }

  /** Looks up the names of what is on the screen, and redraws when new ones have arrived. */
  async #nameVisible(): Promise<void> {
    const { names, reader, view } = this.#task;
    if (!names || !this.#frame) return;
    const visible = new Set(this.#frame.visible);
    const seen = reader.services.filter(({ key }) => visible.has(key));
    const entries = seen.map(({ service, servers }) => ({ service, destinations: servers }));
    const isNew = await names.lookUp(addressesIn(entries));
    if (!isNew) return;
    view.forget();
    this.#draw();
  }

  async #typed(text: string): Promise<void> {
    for (const key of readKeys(text)) {
      if (!this.#frame) return;
      const { filter } = this.#state;
      const { state, action } = press(this.#state, key, this.#frame);
      this.#state = state;
      if (action === 'quit') return this.#end(() => {});
      if (action === 'interrupt') return this.#endBy('SIGINT');
      if (action === 'suspend') this.#session.suspend();
      if (action === 'redraw') this.#session.screen.forget();
      // How far the next key can scroll depends on what the filter leaves.
      if (state.filter !== filter) this.#compose();
    }
    this.#draw();
    // Servers that have come into view may have been read long ago.
    if (this.#state.paused || this.#reading) return;
    await this.#catchUp(performance.now() - this.#task.interval * 1000);
  }

  #resized(): void {
    this.#task.view.forget();
    this.#session.screen.forget();
    this.#draw();
  }

  #endBy(signal: NodeJS.Signals): void {
    this.#end(() => {
      this.#session.close();
      this.#session.endBy(signal);
    });
  }
}
