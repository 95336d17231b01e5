// Numbers of the netlink protocol under the names that <linux/netlink.h> and <linux/genetlink.h> give them, and of address
// families from <sys/socket.h>.

export const AF_INET = 2;
export const AF_INET6 = 10;

/** The netlink protocol that carries generic netlink, third argument of `socket(2)`. */
export const NETLINK_GENERIC = 16;

/** Bytes of `struct nlmsghdr`. */
export const NLMSG_HDRLEN = 16;

export const NLMSG_NOOP = 0x1;
export const NLMSG_ERROR = 0x2;
export const NLMSG_DONE = 0x3;
export const NLMSG_OVERRUN = 0x4;

export const NLM_F_REQUEST = 0x01;
export const NLM_F_ACK = 0x04;
export const NLM_F_DUMP_INTR = 0x10;
export const NLM_F_DUMP = 0x300;

/** Bytes of `struct nlattr`. */
export const NLA_HDRLEN = 4;
export const NLA_F_NESTED = 0x8000;
export const NLA_TYPE_MASK = 0x3fff;

/** Bytes of `struct genlmsghdr`. */
export const GENL_HDRLEN = 4;
/** Message type of the controller, which knows the other families. */
export const GENL_ID_CTRL = 0x10;

export const CTRL_CMD_GETFAMILY = 3;
export const CTRL_ATTR_FAMILY_ID = 1;
export const CTRL_ATTR_FAMILY_NAME = 2;
export const CTRL_ATTR_VERSION = 3;
