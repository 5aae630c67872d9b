import { setTimeout as sleep } from 'node:timers/promises';
import type { Cloud, FaultRuleInput } from '../../lib/simulator';
import { descendants } from '../support/processes';
import type { Started } from '../support/processes';
import type { Chance } from './chance';
import type { Gateway } from './gateway';

/** The environment of commands with faults: a request that hangs times out after two seconds. */
export const IMPATIENT = { ZENLAYERCLOUD_CLIENT_TIMEOUT: '2' };

/** Fault rules for the connection and for the API. */
const FAULTS: readonly ((chance: Chance) => FaultRuleInput)[] = [
  (chance) => ({ kind: 'reset', times: chance.between(1, 6) }),
  (chance) => ({ kind: 'hang', times: chance.between(1, 2) }),
  (chance) => ({ kind: 'status', status: chance.one([500, 502, 503, 504]), times: chance.between(1, 6) }),
  (chance) => ({
    kind: 'status',
    status: 429,
    code: 'REQUEST_LIMIT_EXCEEDED',
    retryAfter: chance.between(0, 1),
    times: chance.between(2, 10),
    probability: 0.7,
  }),
  (chance) => ({
    kind: 'malformed',
    variant: chance.one(['html', 'truncated', 'oversized', 'envelope'] as const),
    times: chance.between(1, 4),
  }),
  (chance) => ({ kind: 'malformed', variant: 'challenge', times: 1, probability: chance.one([0.1, 0.5]) }),
  (chance) => ({ kind: 'drop-after-apply', times: chance.between(1, 4) }),
  (chance) => ({
    kind: 'drop-after-apply',
    action: chance.one(['AttachNetworkInterface', 'DetachNetworkInterface'] as const),
    times: chance.between(1, 4),
  }),
  (chance) => ({
    kind: 'fail-async',
    action: chance.one(['AttachNetworkInterface', 'DetachNetworkInterface'] as const),
    times: chance.between(1, 4),
  }),
];

/** Fault rules for the start and the stop of an instance. */
const POWER_FAULTS: readonly ((chance: Chance) => FaultRuleInput)[] = (
  ['StartInstances', 'StopInstances'] as const
).flatMap((action) => [
  (chance) => ({ kind: 'drop-after-apply', action, times: chance.between(1, 2) }),
  (chance) => ({ kind: 'fail-async', action, times: chance.between(1, 3) }),
  (chance) => ({ kind: 'status', status: chance.one([429, 503]), action, times: chance.between(1, 4) }),
]);

/** @param power whether instances are started and stopped */
export function someFaults(chance: Chance, power = false): FaultRuleInput[] {
  const powerFaults = power ? chance.some(POWER_FAULTS, chance.between(0, 2)) : [];
  return [...powerFaults, ...chance.some(FAULTS, chance.between(0, 4))].map((make) => {
    const rule = make(chance);
    return { probability: chance.one([0.3, 0.6, 1]), ...rule };
  });
}

/** The number of faults by kind, and of malformed responses by variant. */
export function faultsThatActed(cloud: Cloud): Map<string, number> {
  const acted = new Map<string, number>();
  for (const { rule, hits } of cloud.faults.list()) {
    const name =
      rule.kind === 'malformed'
        ? `malformed ${rule.variant ?? 'html'}`
        : rule.kind === 'status'
          ? `status ${rule.status ?? 503}`
          : rule.kind;
    if (hits > 0) acted.set(name, (acted.get(name) ?? 0) + hits);
  }
  return acted;
}

/** The command itself, or its descendant process that calls the API. */
export type Victim = 'command' | 'handler';

/** A signal to one process, at some time during a command. */
export interface Kill {
  readonly victim: Victim;
  readonly signal: 'SIGKILL' | 'SIGINT' | 'SIGTERM';
  /** The number of requests to the API after which `afterMs` begins. If `undefined`, it begins with the command. */
  readonly afterRequests: number | undefined;
  readonly afterMs: number;
}

export function someKill(chance: Chance, victims: readonly Victim[]): Kill | undefined {
  if (!chance.happens(0.75)) return undefined;
  const early = chance.happens(0.2);
  return {
    victim: chance.one(victims),
    signal: chance.one(['SIGKILL', 'SIGKILL', 'SIGINT', 'SIGTERM']),
    afterRequests: early ? undefined : chance.between(1, 12),
    afterMs: early ? chance.between(0, 2_500) : chance.between(0, 400),
  };
}

/** The API is unreachable for some time, from some request of a command on. */
export interface Outage {
  readonly afterRequests: number;
  readonly ms: number;
}

export function someOutage(chance: Chance): Outage | undefined {
  if (!chance.happens(0.3)) return undefined;
  return { afterRequests: chance.between(0, 8), ms: chance.between(50, 4_000) };
}

/** Interrupts the network if the command sends enough requests. @returns whether it did; resolves after the outage */
export async function interrupt(
  outage: Outage,
  command: Started,
  cloud: Cloud,
  gateway: Gateway,
): Promise<boolean> {
  const asked = cloud.requests().length;
  const ended = command.finished.then(() => true);
  while (cloud.requests().length < asked + outage.afterRequests) {
    if (await Promise.race([ended, sleep(5, false)])) return false;
  }
  await gateway.outage(outage.ms);
  return true;
}

/** Sends the signal. `handler` is a substring of that process's arguments. @returns whether the process still ran */
export async function strike(kill: Kill, command: Started, cloud: Cloud, handler: string): Promise<boolean> {
  const ended = command.finished.then(() => true);
  const asked = cloud.requests().length;
  const over = async (ms: number) =>
    Promise.race([ended, new Promise<false>((resolve) => setTimeout(() => resolve(false), ms))]);
  while (kill.afterRequests !== undefined && cloud.requests().length < asked + kill.afterRequests) {
    if (await over(5)) return false;
  }
  if (await over(kill.afterMs)) return false;
  if (kill.victim === 'command') {
    command.kill(kill.signal);
    return true;
  }
  const victims = descendants(command.pid).filter(({ args }) => args.includes(handler));
  for (const { pid } of victims) {
    try {
      process.kill(pid, kill.signal);
    } catch {
      // It has exited in the meantime.
    }
  }
  return victims.length > 0;
}
