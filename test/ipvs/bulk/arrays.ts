import type { Family } from '../../../src/ipvs/address.ts';
import { Decoder } from '../../../src/ipvs/bulk/decode.ts';
import { DestinationArray } from '../../../src/ipvs/bulk/destination-array.ts';
import { ServiceArray } from '../../../src/ipvs/bulk/service-array.ts';
import type { Destination, Service } from '../../../src/ipvs/model.ts';
import { AF_INET, AF_INET6 } from '../../../src/netlink/constants.ts';
import { destinationAnswer, sentOfDestination, sentOfService, serviceAnswer } from '../kernel-answer.ts';

// Number arrays, decoded from a kernel's answers that describe plain values of the model.

export function serviceArray(services: readonly Service[], counters = true): ServiceArray {
  const array = new ServiceArray({ counters });
  const decoder = new Decoder();
  for (const service of services) decoder.services(serviceAnswer(sentOfService(service)), array);
  return array;
}

export function destinationArray(
  destinations: readonly Destination[],
  family: Family = 'inet',
  counters = true,
): DestinationArray {
  const array = new DestinationArray({ counters });
  const decoder = new Decoder();
  for (const server of destinations) {
    const answer = destinationAnswer(sentOfDestination(server));
    decoder.servers(answer, array, family === 'inet' ? AF_INET : AF_INET6);
  }
  return array;
}
