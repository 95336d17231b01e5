import { align } from '../../netlink/byte-order.ts';
import { GENL_HDRLEN } from '../../netlink/constants.ts';
import { NumberPlan, readNumbers } from '../../netlink/numbers.ts';
import type { MessageReader } from '../../netlink/reader.ts';
import { type RowFields, rowFields } from './row.ts';
import { planCounters } from './stats.ts';

/** An object of the kernel's that is read into rows. */
interface RowObject<Name extends string> {
  /** The attribute that holds it, and in there those that hold its statistics, of either kind. */
  readonly attribute: number;
  readonly stats32: number;
  readonly stats64: number;
  /** Where its fields stand in a row. */
  readonly places: Readonly<Record<Name, number>>;
  /** Makes the plan that reads them. */
  readonly planOf: (fields: RowFields<NoInfer<Name>>) => NumberPlan;
  /** Where its counters stand from, if they are wanted. */
  readonly counters: number | undefined;
}

/** How objects of one kind are read into rows of numbers. */
export class RowPlan<Name extends string> {
  /** The fields, with those of the counters. */
  readonly fields: RowFields<string>;
  readonly #plan: NumberPlan;
  /** What reads the counters of kernels before Linux 4.1, and the bits that tell whether there were others. */
  readonly #older: { readonly plan: NumberPlan; readonly bits: number } | undefined;

  constructor({ attribute, stats32, stats64, places, planOf, counters }: RowObject<Name>) {
    const fields = rowFields(places, { firstPlace: 0, firstBit: 0 });
    const plan = planOf(fields);
    this.#plan = new NumberPlan().addNested(attribute, plan);
    if (counters === undefined) {
      this.fields = fields;
      return;
    }
    const counted = planCounters(counters, Object.keys(fields).length);
    plan.addNested(stats64, counted.plan64);
    const older = new NumberPlan().addNested(stats32, counted.plan32);
    let bits = 0;
    for (const name in counted.fields) bits |= (counted.fields as RowFields<string>)[name]?.bit ?? 0;
    this.#older = { plan: new NumberPlan().addNested(attribute, older), bits };
    this.fields = { ...fields, ...counted.fields };
  }

  /** Puts what `message` tells into `numbers`, from `base` on; gives the bits of the fields that were there. */
  read(message: MessageReader, numbers: Uint32Array, base: number): number {
    const { view, end } = message;
    const start = message.start + align(GENL_HDRLEN);
    const found = readNumbers(view, start, end, this.#plan, numbers, base);
    const older = this.#older;
    if (!older || (found & older.bits) === older.bits) return found;
    return found | readNumbers(view, start, end, older.plan, numbers, base);
  }
}
