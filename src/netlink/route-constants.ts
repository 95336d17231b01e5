// Rtnetlink numbers, named as in <linux/rtnetlink.h>, <linux/if_link.h> and <linux/if_addr.h>.

export const NETLINK_ROUTE = 0;

export const RTM_NEWLINK = 16;
export const RTM_GETLINK = 18;
export const RTM_NEWADDR = 20;
export const RTM_GETADDR = 22;
export const RTM_NEWROUTE = 24;
export const RTM_GETROUTE = 26;

/** Sizes of `struct ifinfomsg`, `struct ifaddrmsg` and `struct rtmsg` in bytes. */
export const ifinfomsgLength = 16;
export const ifaddrmsgLength = 8;
export const rtmsgLength = 12;

export const IFLA_IFNAME = 3;
export const IFLA_MTU = 4;
export const IFLA_LINKINFO = 18;
export const IFLA_EXT_MASK = 29;
export const IFLA_INFO_KIND = 1;
/** Omits the counters, which would make up most of an answer. */
export const RTEXT_FILTER_SKIP_STATS = 8;

export const IFA_ADDRESS = 1;
export const IFA_LOCAL = 2;
export const IFA_F_DADFAILED = 0x08;

export const RTA_DST = 1;
export const RTA_OIF = 4;
export const RTA_GATEWAY = 5;
export const RTA_VIA = 18;

export const IFF_UP = 0x1;
export const IFF_MULTICAST = 0x1000;
