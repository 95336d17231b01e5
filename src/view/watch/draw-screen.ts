import type { Destination } from '../../ipvs/model.ts';
import type { EndpointFormatter } from '../../rules/format.ts';
import { displayWidth } from '../display-width.ts';
import { borderWidth } from '../framed-table/border.ts';
import { type Column, columnsFor } from '../framed-table/columns.ts';
import { drawHeading } from '../framed-table/draw.ts';
import { fitColumns, type Layout, type NaturalWidths, naturalWidthsOf } from '../framed-table/layout.ts';
import { measure, type RowStyle, serverTitle } from '../framed-table/rows.ts';
import type { Theme } from '../framed-table/theme.ts';
import type { ColumnSet } from '../listing/columns.ts';
import {
  filterByName,
  type SelectedService,
  sortServersBy,
  sortServicesBy,
  type WatchedService,
} from './selection.ts';
import { type Block, blockOf, drawBlock, type Part, serversIn } from './service-block.ts';
import type { ScrollArea, WatchState } from './state.ts';
import { bottomLine, type Status, statusLine } from './status-lines.ts';

/** Options of a watch, constant while it runs. */
export interface WatchOptions {
  readonly columns: ColumnSet;
  readonly exact: boolean;
  /** Draws borders and bars. */
  readonly framed: boolean;
  readonly endpoint: EndpointFormatter;
  readonly theme: Theme;
}

/** The size of a terminal. */
export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** The lines of a whole screen. */
export interface DrawnScreen extends ScrollArea {
  readonly text: readonly string[];
  /** Column of the cursor in the last line while a filter is being typed. */
  readonly cursor: number | undefined;
  /** Keys of the services that are fully or partly on the screen. */
  readonly visible: readonly string[];
}

/** Number of lines besides the table: status, heading and keys. */
const otherLines = 3;

/**
 * Draws the screen of a watch. Services and servers outside the screen are not drawn. Columns never get narrower, to keep the
 * screen steady, except after {@link forget}.
 */
export class WatchView {
  readonly #options: WatchOptions;
  readonly #style: RowStyle;
  readonly #columns: readonly Column[];
  #natural: NaturalWidths;
  #longest = new WeakMap<readonly Destination[], number>();

  constructor(options: WatchOptions) {
    this.#options = options;
    this.#style = {
      endpoint: options.endpoint,
      theme: options.theme,
      indent: options.framed ? '  ' : '  -> ',
    };
    this.#columns = columnsFor({
      columns: options.columns,
      exact: options.exact,
      live: true,
      bars: options.framed,
    });
    this.#natural = naturalWidthsOf(this.#columns);
  }

  /** Forgets the widths of columns, after the terminal has been resized or names have been resolved. */
  forget(): void {
    this.#natural = naturalWidthsOf(this.#columns);
    this.#longest = new WeakMap();
  }

  draw(services: readonly WatchedService[], state: WatchState, size: Size, status: Status): DrawnScreen {
    const { theme, endpoint } = this.#options;
    const sortColumn = this.#columns.find(({ title, value }) => value && title === state.sort);
    const matching = filterByName(services, state.filter, endpoint);
    const chosen = sortColumn ? sortServicesBy(matching, sortColumn) : matching;
    const height = Math.max(1, size.rows - otherLines);

    const { layout, blocks } = this.#place(chosen, sortColumn, { state, size, height });
    const lines = blocks.reduce((sum, block) => sum + block.height, 0);
    const scroll = Math.max(0, Math.min(state.scroll, lines - height));
    const text: string[] = [];
    const visible: string[] = [];
    for (const { block, part } of inWindow(blocks, scroll, height)) {
      visible.push(block.chosen.key);
      text.push(...drawBlock(block, part, layout, this.#style, this.#options.framed));
    }
    if (blocks.length === 0)
      text.push(theme.paint.note(services.length ? 'Nothing matches.' : 'No services.'));
    while (text.length < height) text.push('');

    const sortable = layout.columns.filter(({ value }) => value).map(({ title }) => title);
    const bottom = bottomLine(state, { lines, height, scroll }, theme, size.columns);
    const above = [
      statusLine({ ...status, shown: chosen, all: services }, state, theme, size.columns),
      drawHeading(layout, theme, this.#options.framed ? borderWidth / 2 : 0, sortColumn?.title),
      ...text,
    ];
    return {
      text: [...above.slice(0, size.rows - 1), bottom.text],
      cursor: bottom.cursor,
      visible,
      height,
      lines,
      sortable,
    };
  }

  /**
   * Lays out the columns for the rows on the screen. As the layout in turn decides which rows these are, both steps are
   * repeated until they agree, usually at once.
   */
  #place(
    chosen: readonly SelectedService[],
    sortColumn: Column | undefined,
    { state, size, height }: { state: WatchState; size: Size; height: number },
  ): { layout: Layout; blocks: readonly Block[] } {
    const { framed } = this.#options;
    for (const one of chosen) this.#natural.name = Math.max(this.#natural.name, this.#longestName(one));
    const width = size.columns - (framed ? borderWidth : 0);
    for (let tries = 0; ; tries++) {
      const layout = fitColumns(this.#columns, this.#natural, width);
      const longest = this.#natural.name;
      const blocks = chosen.map((one) => blockOf(one, layout, this.#style, { framed, longest }));
      const lines = blocks.reduce((sum, block) => sum + block.height, 0);
      const before = widthsOf(this.#natural);
      const scroll = Math.max(0, Math.min(state.scroll, lines - height));
      for (const { block, part } of inWindow(blocks, scroll, height)) {
        if (sortColumn) block.servers = sortServersBy(block.chosen, sortColumn);
        const { inside } = serversIn(block, part, layout, this.#style);
        measure(this.#natural, block.chosen, inside, this.#style);
      }
      if (tries === 3 || widthsOf(this.#natural) === before) return { layout, blocks };
    }
  }

  #longestName({ entry, shown }: SelectedService): number {
    const known = this.#longest.get(shown);
    if (known !== undefined) return known;
    let longest = 0;
    for (const server of shown)
      longest = Math.max(longest, displayWidth(serverTitle(server, entry.service, this.#style)));
    this.#longest.set(shown, longest);
    return longest;
  }
}

function widthsOf({ name, title, cells }: NaturalWidths): string {
  return [name, title, ...cells.values()].join();
}

/** Yields the blocks within a window of `height` lines, each with its part inside the window. */
function* inWindow(
  blocks: readonly Block[],
  scroll: number,
  height: number,
): Generator<{ block: Block; part: Part }> {
  let top = -scroll;
  for (const block of blocks) {
    if (top >= height) return;
    const bottom = top + block.height;
    const part = { from: Math.max(0, -top), to: Math.min(block.height, height - top) };
    if (bottom > 0) yield { block, part };
    top = bottom;
  }
}
