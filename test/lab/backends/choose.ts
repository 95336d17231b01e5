import { LabUnavailable } from '../unavailable.ts';
import type { Backend, Kernel, KernelName } from './backend.ts';
import { host, hostHasIpvs } from './host.ts';
import { debian12, debian13 } from './qemu.ts';
import { uml } from './uml.ts';

const backends: readonly Backend[] = [host, uml, debian12, debian13];

/** A kernel that can be started. */
export interface Choice {
  readonly name: KernelName;
  readonly kernel: Kernel;
}

const prepared = new Map<Backend, Promise<Kernel>>();

/** Returns the wanted kernel or, by default, this machine's own if it has IPVS, else User-mode Linux. */
export async function chooseKernel(wanted?: KernelName | Backend): Promise<Choice> {
  const backend = typeof wanted === 'string' ? byName(wanted) : (wanted ?? (await defaultBackend()));
  const kernel = prepared.get(backend) ?? backend.prepare();
  prepared.set(backend, kernel);
  return { name: backend.name, kernel: await kernel };
}

/** Returns the kernel to use where User-mode Linux lacks a feature: this machine's own if it has IPVS, else Debian's newest. */
export async function fullKernel(): Promise<KernelName> {
  return (await hostHasIpvs()) ? host.name : debian13.name;
}

async function defaultBackend(): Promise<Backend> {
  return (await hostHasIpvs()) ? host : uml;
}

function byName(name: KernelName): Backend {
  const backend = backends.find((candidate) => candidate.name === name);
  if (!backend) throw new LabUnavailable(`There is no kernel ${name} in the lab.`);
  return backend;
}
