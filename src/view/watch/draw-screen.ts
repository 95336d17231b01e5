import type { Destination } from '../../ipvs/model.ts';
import type { EndpointFormatter } from '../../rules/format.ts';
import { displayWidth } from '../display-width.ts';
import { frameWidth } from '../framed-table/border.ts';
import { type Column, columnsFor } from '../framed-table/columns.ts';
import { drawHeading } from '../framed-table/draw.ts';
import { type Layout, layOut, type Needs, needsOf } from '../framed-table/layout.ts';
import { measure, type RowStyle, serverTitle } from '../framed-table/rows.ts';
import type { Look } from '../framed-table/theme.ts';
import type { ColumnSet } from '../listing/columns.ts';
import { type Chosen, filterBy, sortServersBy, sortServicesBy, type Watched } from './selection.ts';
import { type Block, blockOf, drawBlock, type Part, serversIn } from './service-block.ts';
import type { Screenful, WatchState } from './state.ts';
import { bottomLine, type Status, statusLine } from './status-lines.ts';

/** What stays as it is while one watches. */
export interface WatchOptions {
  readonly columns: ColumnSet;
  readonly exact: boolean;
  /** With frames and bars. */
  readonly framed: boolean;
  readonly endpoint: EndpointFormatter;
  readonly look: Look;
}

/** The size of a terminal. */
export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** A screen full of text. */
export interface Frame extends Screenful {
  readonly text: readonly string[];
  /** Column of the last line in which a person is typing. */
  readonly cursor: number | undefined;
  /** Keys of the services of which something is on the screen. */
  readonly visible: readonly string[];
}

/** Lines that are not the table's: status, heading and keys. */
const otherLines = 3;

/**
 * Draws what is watched. Only what can be seen is drawn, and columns never get narrower, so that nothing moves about;
 * after {@link forget} they do.
 */
export class WatchView {
  readonly #options: WatchOptions;
  readonly #style: RowStyle;
  readonly #columns: readonly Column[];
  #needs: Needs;
  #longest = new WeakMap<readonly Destination[], number>();

  constructor(options: WatchOptions) {
    this.#options = options;
    this.#style = {
      endpoint: options.endpoint,
      look: options.look,
      indent: options.framed ? '  ' : '  -> ',
    };
    this.#columns = columnsFor({
      columns: options.columns,
      exact: options.exact,
      live: true,
      bars: options.framed,
    });
    this.#needs = needsOf(this.#columns);
  }

  /** Forgets how wide columns have been: the terminal has another size, or names have come. */
  forget(): void {
    this.#needs = needsOf(this.#columns);
    this.#longest = new WeakMap();
  }

  draw(services: readonly Watched[], state: WatchState, size: Size, status: Status): Frame {
    const { look, endpoint } = this.#options;
    const sortColumn = this.#columns.find(({ title, value }) => value && title === state.sort);
    const matching = filterBy(services, state.filter, endpoint);
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
      text.push(look.paint.note(services.length ? 'Nothing matches.' : 'No services.'));
    while (text.length < height) text.push('');

    const sortable = layout.columns.filter(({ value }) => value).map(({ title }) => title);
    const bottom = bottomLine(state, { lines, height, scroll }, look, size.columns);
    const above = [
      statusLine({ ...status, shown: chosen, all: services }, state, look, size.columns),
      drawHeading(layout, look, this.#options.framed ? frameWidth / 2 : 0, sortColumn?.title),
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

  /** Lays out the columns for what is seen; what is seen depends on the layout in turn, which settles at once as a rule. */
  #place(
    chosen: readonly Chosen[],
    sortColumn: Column | undefined,
    { state, size, height }: { state: WatchState; size: Size; height: number },
  ): { layout: Layout; blocks: readonly Block[] } {
    const { framed } = this.#options;
    for (const one of chosen) this.#needs.name = Math.max(this.#needs.name, this.#longestName(one));
    const width = size.columns - (framed ? frameWidth : 0);
    for (let tries = 0; ; tries++) {
      const layout = layOut(this.#columns, this.#needs, width);
      const longest = this.#needs.name;
      const blocks = chosen.map((one) => blockOf(one, layout, this.#style, { framed, longest }));
      const lines = blocks.reduce((sum, block) => sum + block.height, 0);
      const before = widthsOf(this.#needs);
      const scroll = Math.max(0, Math.min(state.scroll, lines - height));
      for (const { block, part } of inWindow(blocks, scroll, height)) {
        if (sortColumn) block.servers = sortServersBy(block.chosen, sortColumn);
        const { inside } = serversIn(block, part, layout, this.#style);
        measure(this.#needs, block.chosen, inside, this.#style);
      }
      if (tries === 3 || widthsOf(this.#needs) === before) return { layout, blocks };
    }
  }

  #longestName({ entry, shown }: Chosen): number {
    const known = this.#longest.get(shown);
    if (known !== undefined) return known;
    let longest = 0;
    for (const server of shown)
      longest = Math.max(longest, displayWidth(serverTitle(server, entry.service, this.#style)));
    this.#longest.set(shown, longest);
    return longest;
  }
}

function widthsOf({ name, title, cells }: Needs): string {
  return [name, title, ...cells.values()].join();
}

/** The blocks that a window of so many lines shows, with the part of each that is in it. */
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
