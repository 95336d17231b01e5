/** What can be asked: the IPv4 address of a host, or the name of an address. */
export type Question = 'address' | 'name';

/** How many lookups are under way at once; the system's resolver gets no more threads, or processes, than this. */
export const lookupsAtOnce = 256;
