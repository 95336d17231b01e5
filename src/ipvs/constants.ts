// Numbers of IPVS under the names that <linux/ip_vs.h> gives them, and of addresses from <sys/socket.h> and <netinet/in.h>.

export const AF_INET = 2;
export const AF_INET6 = 10;
export const IPPROTO_TCP = 6;
export const IPPROTO_UDP = 17;
export const IPPROTO_SCTP = 132;

export const IPVS_GENL_NAME = 'IPVS';

export const IPVS_CMD_NEW_SERVICE = 1;
export const IPVS_CMD_SET_SERVICE = 2;
export const IPVS_CMD_DEL_SERVICE = 3;
export const IPVS_CMD_GET_SERVICE = 4;
export const IPVS_CMD_NEW_DEST = 5;
export const IPVS_CMD_SET_DEST = 6;
export const IPVS_CMD_DEL_DEST = 7;
export const IPVS_CMD_GET_DEST = 8;
export const IPVS_CMD_NEW_DAEMON = 9;
export const IPVS_CMD_DEL_DAEMON = 10;
export const IPVS_CMD_GET_DAEMON = 11;
export const IPVS_CMD_SET_CONFIG = 12;
export const IPVS_CMD_GET_CONFIG = 13;
export const IPVS_CMD_SET_INFO = 14;
export const IPVS_CMD_GET_INFO = 15;
export const IPVS_CMD_ZERO = 16;
export const IPVS_CMD_FLUSH = 17;

export const IPVS_CMD_ATTR_SERVICE = 1;
export const IPVS_CMD_ATTR_DEST = 2;
export const IPVS_CMD_ATTR_DAEMON = 3;
export const IPVS_CMD_ATTR_TIMEOUT_TCP = 4;
export const IPVS_CMD_ATTR_TIMEOUT_TCP_FIN = 5;
export const IPVS_CMD_ATTR_TIMEOUT_UDP = 6;

export const IPVS_SVC_ATTR_AF = 1;
export const IPVS_SVC_ATTR_PROTOCOL = 2;
export const IPVS_SVC_ATTR_ADDR = 3;
export const IPVS_SVC_ATTR_PORT = 4;
export const IPVS_SVC_ATTR_FWMARK = 5;
export const IPVS_SVC_ATTR_SCHED_NAME = 6;
export const IPVS_SVC_ATTR_FLAGS = 7;
export const IPVS_SVC_ATTR_TIMEOUT = 8;
export const IPVS_SVC_ATTR_NETMASK = 9;
export const IPVS_SVC_ATTR_STATS = 10;
export const IPVS_SVC_ATTR_PE_NAME = 11;
export const IPVS_SVC_ATTR_STATS64 = 12;

export const IPVS_DEST_ATTR_ADDR = 1;
export const IPVS_DEST_ATTR_PORT = 2;
export const IPVS_DEST_ATTR_FWD_METHOD = 3;
export const IPVS_DEST_ATTR_WEIGHT = 4;
export const IPVS_DEST_ATTR_U_THRESH = 5;
export const IPVS_DEST_ATTR_L_THRESH = 6;
export const IPVS_DEST_ATTR_ACTIVE_CONNS = 7;
export const IPVS_DEST_ATTR_INACT_CONNS = 8;
export const IPVS_DEST_ATTR_PERSIST_CONNS = 9;
export const IPVS_DEST_ATTR_STATS = 10;
export const IPVS_DEST_ATTR_ADDR_FAMILY = 11;
export const IPVS_DEST_ATTR_STATS64 = 12;
export const IPVS_DEST_ATTR_TUN_TYPE = 13;
export const IPVS_DEST_ATTR_TUN_PORT = 14;
export const IPVS_DEST_ATTR_TUN_FLAGS = 15;

export const IPVS_DAEMON_ATTR_STATE = 1;
export const IPVS_DAEMON_ATTR_MCAST_IFN = 2;
export const IPVS_DAEMON_ATTR_SYNC_ID = 3;
export const IPVS_DAEMON_ATTR_SYNC_MAXLEN = 4;
export const IPVS_DAEMON_ATTR_MCAST_GROUP = 5;
export const IPVS_DAEMON_ATTR_MCAST_GROUP6 = 6;
export const IPVS_DAEMON_ATTR_MCAST_PORT = 7;
export const IPVS_DAEMON_ATTR_MCAST_TTL = 8;

export const IPVS_STATS_ATTR_CONNS = 1;
export const IPVS_STATS_ATTR_INPKTS = 2;
export const IPVS_STATS_ATTR_OUTPKTS = 3;
export const IPVS_STATS_ATTR_INBYTES = 4;
export const IPVS_STATS_ATTR_OUTBYTES = 5;
export const IPVS_STATS_ATTR_CPS = 6;
export const IPVS_STATS_ATTR_INPPS = 7;
export const IPVS_STATS_ATTR_OUTPPS = 8;
export const IPVS_STATS_ATTR_INBPS = 9;
export const IPVS_STATS_ATTR_OUTBPS = 10;

export const IPVS_INFO_ATTR_VERSION = 1;
export const IPVS_INFO_ATTR_CONN_TAB_SIZE = 2;

export const IP_VS_CONN_F_MASQ = 0;
export const IP_VS_CONN_F_LOCALNODE = 1;
export const IP_VS_CONN_F_TUNNEL = 2;
export const IP_VS_CONN_F_DROUTE = 3;
export const IP_VS_CONN_F_BYPASS = 4;

export const IP_VS_CONN_F_TUNNEL_TYPE_IPIP = 0;
export const IP_VS_CONN_F_TUNNEL_TYPE_GUE = 1;
export const IP_VS_CONN_F_TUNNEL_TYPE_GRE = 2;

export const IP_VS_STATE_MASTER = 1;
export const IP_VS_STATE_BACKUP = 2;

/**
 * Returns the numbers of commands and attributes by their names, for a trace. Those are not taken from the module itself, as a
 * bundle would then make a function of each number whenever a command starts.
 */
export function ipvsNumbers(): Readonly<Record<string, number>> {
  return {
    IPVS_CMD_NEW_SERVICE,
    IPVS_CMD_SET_SERVICE,
    IPVS_CMD_DEL_SERVICE,
    IPVS_CMD_GET_SERVICE,
    IPVS_CMD_NEW_DEST,
    IPVS_CMD_SET_DEST,
    IPVS_CMD_DEL_DEST,
    IPVS_CMD_GET_DEST,
    IPVS_CMD_NEW_DAEMON,
    IPVS_CMD_DEL_DAEMON,
    IPVS_CMD_GET_DAEMON,
    IPVS_CMD_SET_CONFIG,
    IPVS_CMD_GET_CONFIG,
    IPVS_CMD_SET_INFO,
    IPVS_CMD_GET_INFO,
    IPVS_CMD_ZERO,
    IPVS_CMD_FLUSH,
    IPVS_CMD_ATTR_SERVICE,
    IPVS_CMD_ATTR_DEST,
    IPVS_CMD_ATTR_DAEMON,
    IPVS_CMD_ATTR_TIMEOUT_TCP,
    IPVS_CMD_ATTR_TIMEOUT_TCP_FIN,
    IPVS_CMD_ATTR_TIMEOUT_UDP,
    IPVS_SVC_ATTR_AF,
    IPVS_SVC_ATTR_PROTOCOL,
    IPVS_SVC_ATTR_ADDR,
    IPVS_SVC_ATTR_PORT,
    IPVS_SVC_ATTR_FWMARK,
    IPVS_SVC_ATTR_SCHED_NAME,
    IPVS_SVC_ATTR_FLAGS,
    IPVS_SVC_ATTR_TIMEOUT,
    IPVS_SVC_ATTR_NETMASK,
    IPVS_SVC_ATTR_STATS,
    IPVS_SVC_ATTR_PE_NAME,
    IPVS_SVC_ATTR_STATS64,
    IPVS_DEST_ATTR_ADDR,
    IPVS_DEST_ATTR_PORT,
    IPVS_DEST_ATTR_FWD_METHOD,
    IPVS_DEST_ATTR_WEIGHT,
    IPVS_DEST_ATTR_U_THRESH,
    IPVS_DEST_ATTR_L_THRESH,
    IPVS_DEST_ATTR_ACTIVE_CONNS,
    IPVS_DEST_ATTR_INACT_CONNS,
    IPVS_DEST_ATTR_PERSIST_CONNS,
    IPVS_DEST_ATTR_STATS,
    IPVS_DEST_ATTR_ADDR_FAMILY,
    IPVS_DEST_ATTR_STATS64,
    IPVS_DEST_ATTR_TUN_TYPE,
    IPVS_DEST_ATTR_TUN_PORT,
    IPVS_DEST_ATTR_TUN_FLAGS,
    IPVS_DAEMON_ATTR_STATE,
    IPVS_DAEMON_ATTR_MCAST_IFN,
    IPVS_DAEMON_ATTR_SYNC_ID,
    IPVS_DAEMON_ATTR_SYNC_MAXLEN,
    IPVS_DAEMON_ATTR_MCAST_GROUP,
    IPVS_DAEMON_ATTR_MCAST_GROUP6,
    IPVS_DAEMON_ATTR_MCAST_PORT,
    IPVS_DAEMON_ATTR_MCAST_TTL,
    IPVS_STATS_ATTR_CONNS,
    IPVS_STATS_ATTR_INPKTS,
    IPVS_STATS_ATTR_OUTPKTS,
    IPVS_STATS_ATTR_INBYTES,
    IPVS_STATS_ATTR_OUTBYTES,
    IPVS_STATS_ATTR_CPS,
    IPVS_STATS_ATTR_INPPS,
    IPVS_STATS_ATTR_OUTPPS,
    IPVS_STATS_ATTR_INBPS,
    IPVS_STATS_ATTR_OUTBPS,
    IPVS_INFO_ATTR_VERSION,
    IPVS_INFO_ATTR_CONN_TAB_SIZE,
  };
}
