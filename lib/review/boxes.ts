import { compare } from '../terraform';
import type { InstanceId } from '../zec/ids';
import type { Look } from './look';
import { KINDS } from './model';
import type { Box, Change, Port, ShownInstance } from './model';

/** The instances that the changes name, each with its vNICs before and after; those with changes come first. */
export function boxesOf(changes: readonly Change[], look: Look | undefined): readonly Box[] {
  const boxes = new Map<string, { instance: ShownInstance; ports: Port[] }>();
  const add = (instance: ShownInstance, port: Port) => {
    const box = boxes.get(instance.label) ?? { instance, ports: [] };
    box.ports.push(port);
    boxes.set(instance.label, box);
  };
  for (const { kind, nic, from, to, risks } of changes) {
    const port = { kind, nic, level: risks[0]?.level };
    if (kind === 'clear') continue;
    if (from !== undefined && to !== undefined && from.label !== to.label) {
      add(from, { ...port, before: true, after: false, other: to });
      add(to, { ...port, before: false, after: true, other: from });
    } else if (from !== undefined) add(from, { ...port, before: true, after: to !== undefined });
    else if (to !== undefined) add(to, { ...port, before: false, after: true });
  }
  return [...boxes.values()]
    .map(({ instance, ports }) => ({
      instance,
      ports: ports.sort(
        (a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) || compare(a.nic.label, b.nic.label),
      ),
      others: othersOf(instance, ports, look),
    }))
    .sort((a, b) => Number(isKept(a)) - Number(isKept(b)) || compare(a.instance.label, b.instance.label));
}

/** Nothing about the instance changes. */
export function isKept({ ports }: Pick<Box, 'ports'>): boolean {
  return ports.every(({ before, after, kind }) => before && after && kind !== 'replace');
}

function othersOf(
  instance: ShownInstance,
  ports: readonly Port[],
  look: Look | undefined,
): number | undefined {
  const known = look?.instances.get(instance.id as InstanceId);
  if (known === undefined) return undefined;
  const inPlan = new Set(ports.map(({ nic }) => nic.id));
  return known.nics.filter(({ nicId }) => !inPlan.has(nicId)).length;
}
