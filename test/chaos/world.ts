import { instance, nic } from '../simulator/worlds';
import type { Chance } from './chance';
import type { Attachments } from './verdict';

export const INSTANCES = ['ins-1', 'ins-2', 'ins-3'];
export const OURS = ['nic-1', 'nic-2', 'nic-3', 'nic-4', 'nic-5'];
/** Attachments of other users: to one of their instances, and to one that we use as well. */
export const FOREIGN: Attachments = { 'nic-8': 'ins-8', 'nic-9': 'ins-1' };

export function initialWorld(chance: Chance, seed: number) {
  return {
    instances: [...INSTANCES, 'ins-8'].map((id) => instance(id)),
    nics: [
      ...OURS.map((id) => nic(id)),
      ...Object.entries(FOREIGN).map(([id, instanceId]) => nic(id, { instanceId })),
    ],
    settings: {
      attachMs: [50, chance.one([200, 1500])] as [number, number],
      detachMs: [50, chance.one([200, 1500])] as [number, number],
      instanceMs: [50, chance.one([200, 1500])] as [number, number],
      describeLagMs: chance.one([0, 0, 300]),
      seed,
    },
  };
}
