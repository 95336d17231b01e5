import {
  type DestinationSettings,
  type FwmarkServiceId,
  familyOf,
  type Protocol,
  type ServiceId,
  type ServiceSettings,
} from '../../ipvs/model.ts';
import {
  formatFwmarkWords,
  formatServerSettings,
  formatServiceSettings,
  serviceOption,
} from '../../rules/format.ts';
import { normalisedSettings } from '../../rules/table.ts';
import { type Column, layouts, nameWidth } from '../listing/columns.ts';
import { type ListingForm, serverStart, settingCell } from '../listing/listing.ts';
import { markName, serviceSettingsText, serviceStart } from '../listing/service-texts.ts';

/** Format of the lines of a table. */
export interface LineForm {
  readonly serviceStart: (protocol: Protocol | undefined) => string;
  readonly markName: (id: FwmarkServiceId) => string;
  /** Returns the text for the settings of a service. */
  readonly serviceText: (id: ServiceId, settings: ServiceSettings) => string;
  /** Columns for the counters of a service. */
  readonly serviceColumns: readonly Column[];
  readonly serverStart: (protocol: Protocol | undefined) => string;
  /** Separates the name of the service from that of the server, in formats whose server lines name their service. */
  readonly serverLink?: string;
  /** Returns the text for the settings of a server. */
  readonly serverText: (settings: DestinationSettings) => string;
  /** Columns for the connection counts and counters of a server, after the settings. */
  readonly serverColumns: readonly Column[];
  /** Minimum widths of the columns of names. */
  readonly serviceWidth: number;
  readonly serverWidth: number;
  /** True if counters are written with all digits. */
  readonly exact: boolean;
}

/** Returns the format of a listing. */
export function listingLines({ columns: set, exact }: ListingForm): LineForm {
  const { columns, services } = layouts[set];
  const hasText = services === 'settings';
  const settingColumns = columns.filter(({ source }) => source.kind === 'setting');
  return {
    serviceStart,
    markName,
    serviceText: (id, settings) => (hasText ? serviceSettingsText(settings, familyOf(id)) : ''),
    serviceColumns: hasText ? [] : columns,
    serverStart: () => serverStart,
    serverText: (settings) => settingColumns.map((column) => settingCell(column, settings)).join(''),
    serverColumns: columns.slice(settingColumns.length),
    serviceWidth: hasText ? 0 : nameWidth,
    serverWidth: nameWidth,
    exact,
  };
}

/** Returns the format of a rule file. */
export function ruleLines(): LineForm {
  return {
    serviceStart: (protocol) => `-A ${serviceOption(protocol)} `,
    markName: (id) => formatFwmarkWords(id).join(' '),
    serviceText: (id, settings) =>
      ` ${formatServiceSettings(id, normalisedSettings({ id, ...settings })).join(' ')}`,
    serverStart: (protocol) => `-a ${serviceOption(protocol)} `,
    serverLink: ' -r ',
    serverText: (settings) => ` ${formatServerSettings(settings).join(' ')}`,
    serviceColumns: [],
    serverColumns: [],
    serviceWidth: 0,
    serverWidth: 0,
    exact: false,
  };
}
