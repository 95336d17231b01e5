// Rtnetlink numbers, named as in <linux/rtnetlink.h>, <linux/if_link.h> and <linux/if_addr.h>.

export const NETLINK_ROUTE = 0;

export enum RTM {
  NEWLINK = 16,
  GETLINK = 18,
  NEWADDR = 20,
  GETADDR = 22,
  NEWROUTE = 24,
  GETROUTE = 26,
}

/** Sizes of `struct ifinfomsg`, `struct ifaddrmsg` and `struct rtmsg` in bytes. */
export const ifinfomsgLength = 16;
export const ifaddrmsgLength = 8;
export const rtmsgLength = 12;

export enum IFLA {
  IFNAME = 3,
  MTU = 4,
  LINKINFO = 18,
  EXT_MASK = 29,
}

export enum IFLA_INFO {
  KIND = 1,
}

/** Omits the counters, which would make up most of an answer. */
export const RTEXT_FILTER_SKIP_STATS = 8;

export enum IFA {
  ADDRESS = 1,
  LOCAL = 2,
}
export const IFA_F_DADFAILED = 0x08;

export enum RTA {
  DST = 1,
  OIF = 4,
  GATEWAY = 5,
  VIA = 18,
}

export const IFF_UP = 0x1;
export const IFF_MULTICAST = 0x1000;
