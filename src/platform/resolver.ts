/** A question to a resolver: the IPv4 address of a host, or the name of an address. */
export type Question = 'address' | 'name';

/** Most lookups under way at once, and so the most threads or processes that the system's resolver gets. */
export const lookupsAtOnce = 256;
