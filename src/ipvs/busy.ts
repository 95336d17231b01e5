import { readNumbers, writeNumbers } from '../netlink/numbers.ts';
import { MessageReader } from '../netlink/reader.ts';
import { MessageWriter } from '../netlink/writer.ts';
import { DestinationRows, LentDestination } from './codec/destination-rows.ts';
import { NumberRows } from './codec/row.ts';
import { RowPlan } from './codec/row-plan.ts';
import { LentService, ServiceRows } from './codec/service-rows.ts';
import { LentStats } from './codec/stats.ts';
import { hexWord } from './hex-address.ts';
import { ProcTable } from './proc-table.ts';

/** What runs for each service or server that is read into rows: functions, and classes for their methods. */
export const busyReading = [
  ...[MessageReader, MessageWriter, readNumbers, writeNumbers, RowPlan, NumberRows],
  ...[ServiceRows, LentService, DestinationRows, LentDestination, LentStats, ProcTable, hexWord],
];
