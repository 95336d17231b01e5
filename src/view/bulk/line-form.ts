import {
  type DestinationSettings,
  type FwmarkServiceId,
  familyOf,
  type Protocol,
  type ServiceId,
  type ServiceSettings,
} from '../../ipvs/model.ts';
import {
  formatMark,
  formatServerSettings,
  formatServiceSettings,
  serviceOption,
} from '../../rules/format.ts';
import { chosenSettings } from '../../rules/table.ts';
import { type Column, layouts, nameWidth } from '../listing/columns.ts';
import { type ListingForm, serverStart } from '../listing/listing.ts';
import { markName, serviceSettingsText, serviceStart } from '../listing/service-texts.ts';

/** How the lines of a table are written. */
export interface LineForm {
  readonly serviceStart: (protocol: Protocol | undefined) => string;
  readonly markName: (id: FwmarkServiceId) => string;
  /** The text behind the name of a service, or the columns of its cells. */
  readonly serviceRest: ((id: ServiceId, settings: ServiceSettings) => string) | readonly Column[];
  readonly serverStart: (protocol: Protocol | undefined) => string;
  /** Stands behind the name of the service where the line of a server has it. */
  readonly serverLink?: string;
  /** The text behind the name of a server, or the columns of its cells. */
  readonly serverRest: ((settings: DestinationSettings) => string) | readonly Column[];
  /** The width of the column of names in front of cells. */
  readonly nameWidth: number;
  /** Whether counters have all their digits. */
  readonly exact: boolean;
}

/** The lines of a listing. */
export function listingLines({ columns: set, exact }: ListingForm): LineForm {
  const { columns, services } = layouts[set];
  return {
    serviceStart,
    markName,
    serviceRest:
      services === 'columns' ? columns : (id, settings) => serviceSettingsText(settings, familyOf(id)),
    serverStart: () => serverStart,
    serverRest: columns,
    nameWidth,
    exact,
  };
}

/** The lines of a rule file. */
export function ruleLines(): LineForm {
  return {
    serviceStart: (protocol) => `-A ${serviceOption(protocol)} `,
    markName: (id) => formatMark(id).join(' '),
    serviceRest: (id, settings) =>
      ` ${formatServiceSettings(id, chosenSettings({ id, ...settings })).join(' ')}`,
    serverStart: (protocol) => `-a ${serviceOption(protocol)} `,
    serverLink: ' -r ',
    serverRest: (settings) => ` ${formatServerSettings(settings).join(' ')}`,
    nameWidth: 0,
    exact: false,
  };
}
