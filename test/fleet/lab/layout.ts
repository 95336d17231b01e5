import type { Layout, MachineLayout } from '../../lab/world.ts';

/** Five directors that share one VIP, as in an anycast fleet, and real servers that they forward to by NAT. */
export const fleetPlan = {
  vip: '192.0.2.1',
  directors: ['lb1', 'lb2', 'lb3', 'lb4', 'lb5'],
  /** Two pairs; the fifth director is in no group. */
  groups: { lb1: 'pair-a', lb2: 'pair-a', lb3: 'pair-b', lb4: 'pair-b' },
  store: '10.9.0.1',
  servers: ['10.9.0.101', '10.9.0.102', '10.9.0.103', '10.9.0.104'],
} as const;

/** Returns the client's address whose route to the VIP leads through the director with this number, counted from 1. */
export function clientAddress(director: number): string {
  return `10.1.${director}.10`;
}

const numbers = fleetPlan.directors.map((_, index) => index + 1);

/** Routes by which a machine behind the directors answers through the director that forwarded the request. */
const routesBack = numbers.map((number) => `10.1.${number}.0/24 via 10.9.0.${10 + number}`);

const noReversePathFilter = { 'net.ipv4.conf.all.rp_filter': '0', 'net.ipv4.conf.default.rp_filter': '0' };

/** Returns the layout of a machine behind the directors. */
export function serverLayout(...addresses: readonly string[]): MachineLayout {
  return { networks: { core: addresses.map((address) => `${address}/24`) }, routes: routesBack };
}

/** Returns the layout of the client and the directors, all of which but `without` have an interface `beat` for sync daemons. */
export function directorsLayout(without?: string): Layout {
  return {
    client: {
      networks: {
        core: ['10.9.0.2/24'],
        ...Object.fromEntries(numbers.map((number) => [`path${number}`, [`${clientAddress(number)}/24`]])),
      },
      routes: numbers.map((number) => `${fleetPlan.vip} via 10.1.${number}.1 table 10${number}`),
      rules: numbers.map((number) => `from ${clientAddress(number)} lookup 10${number}`),
      settings: noReversePathFilter,
    },
    ...Object.fromEntries(
      fleetPlan.directors.map((name, index): [string, MachineLayout] => [
        name,
        {
          networks: {
            core: [`10.9.0.${11 + index}/24`],
            [`path${index + 1}`]: [`10.1.${index + 1}.1/24`],
            ...(name !== without && { beat: [`10.8.0.${11 + index}/24`] }),
          },
          loopback: [`${fleetPlan.vip}/32`],
          settings: {
            ...noReversePathFilter,
            'net.ipv4.ip_forward': '1',
            'net.ipv4.vs.expire_nodest_conn': '1',
          },
        },
      ]),
    ),
  };
}
