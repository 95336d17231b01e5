import { type NumberField, NumberPlan } from '../../netlink/numbers.ts';
import type { Rows, Table } from './table.ts';

/** Of a table's fields, those that stand in a row of numbers, each in its place, for `writeNumbers`. */
export function numberFields<R extends Rows>(
  table: Table<R>,
  places: { readonly [Field in keyof R]?: number },
): NumberField[] {
  const fields: NumberField[] = [];
  for (const { name, attribute, type } of table.fields) {
    const place = places[name];
    if (place !== undefined && type.number) fields.push({ attribute, kind: type.number, place });
  }
  return fields;
}

/** A plan for reading a table's fields as numbers, each of which has its place in a row and a bit that tells of it. */
export function numberPlan<R extends Rows>(
  table: Table<R>,
  fields: { readonly [Field in keyof R]?: { readonly place: number; readonly bit: number } },
): NumberPlan {
  const plan = new NumberPlan();
  for (const { name, attribute, type } of table.fields) {
    const field = fields[name];
    if (!field) continue;
    if (!type.number) throw new TypeError(`${name} is no number`);
    plan.add(attribute, type.number, field.place, field.bit);
  }
  return plan;
}
