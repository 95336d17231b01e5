// Netlink numbers, named as in <linux/netlink.h> and <linux/genetlink.h>, and address families from <sys/socket.h>.

export const AF_INET = 2;
export const AF_INET6 = 10;

/** The netlink protocol that carries generic netlink, third argument of `socket(2)`. */
export const NETLINK_GENERIC = 16;

/** Size of `struct nlmsghdr` in bytes. */
export const NLMSG_HDRLEN = 16;

export const NLMSG_NOOP = 0x1;
export const NLMSG_ERROR = 0x2;
export const NLMSG_DONE = 0x3;
export const NLMSG_OVERRUN = 0x4;

export const NLM_F_REQUEST = 0x01;
export const NLM_F_ACK = 0x04;
export const NLM_F_DUMP_INTR = 0x10;
export const NLM_F_DUMP = 0x300;

/** Size of `struct nlattr` in bytes. */
export const NLA_HDRLEN = 4;
export const NLA_F_NESTED = 0x8000;
export const NLA_TYPE_MASK = 0x3fff;

/** Size of `struct genlmsghdr` in bytes. */
export const GENL_HDRLEN = 4;
/** Message type of the generic netlink controller, which knows the other families. */
export const GENL_ID_CTRL = 0x10;

export enum CTRL_CMD {
  NEWFAMILY = 1,
  DELFAMILY = 2,
  GETFAMILY = 3,
}

export enum CTRL_ATTR {
  FAMILY_ID = 1,
  FAMILY_NAME = 2,
  VERSION = 3,
  HDRSIZE = 4,
  MAXATTR = 5,
  OPS = 6,
  MCAST_GROUPS = 7,
}
