import type { Destination, Service, Stats } from '../model.ts';

/** A service, which may be lent, as one to keep. */
export function copyService(service: Service): Service {
  const { id, scheduler, persistenceEngine, flags, timeout, netmask, stats } = service;
  return { id, scheduler, persistenceEngine, flags, timeout, netmask, stats: copyStats(stats) };
}

/** A server, which may be lent, as one to keep. */
export function copyDestination(destination: Destination): Destination {
  const { id, forwarding, weight, upperThreshold, lowerThreshold, tunnel, stats } = destination;
  const { activeConnections, inactiveConnections, persistentConnections } = destination;
  return {
    id,
    forwarding,
    weight,
    upperThreshold,
    lowerThreshold,
    tunnel,
    activeConnections,
    inactiveConnections,
    persistentConnections,
    stats: copyStats(stats),
  };
}

/** Counters, which may be lent, as ones to keep. */
function copyStats(stats: Stats): Stats {
  return {
    connections: stats.connections,
    inPackets: stats.inPackets,
    outPackets: stats.outPackets,
    inBytes: stats.inBytes,
    outBytes: stats.outBytes,
    connectionRate: stats.connectionRate,
    inPacketRate: stats.inPacketRate,
    outPacketRate: stats.outPacketRate,
    inByteRate: stats.inByteRate,
    outByteRate: stats.outByteRate,
  };
}
