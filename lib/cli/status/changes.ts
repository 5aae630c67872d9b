import type { Group, HeldNic, Inventory } from './inventory';

/** The inventory with a note at each vNIC that changed since the look before. */
export function withChanges(inventory: Inventory, before: Inventory | undefined): Inventory {
  if (before === undefined) return inventory;
  const known = new Map(nicsOf(before).map((held) => [held.nic.nicId, held.nic]));
  const noted = ({ nic, note }: HeldNic): HeldNic => {
    const was = known.get(nic.nicId);
    const changes = [
      ...(was === undefined ? ['new'] : []),
      ...(was === undefined || was.status === nic.status ? [] : [`was ${was.status}`]),
      ...(was?.instanceId === undefined || was.instanceId === nic.instanceId
        ? []
        : [`was at ${was.instanceId}`]),
    ];
    return { nic, note: [note, changes.join(', ')].filter((each) => each !== '').join('; ') };
  };
  const group = ({ instance, nics }: Group): Group => ({ instance, nics: nics.map(noted) });
  return { groups: inventory.groups.map(group), others: inventory.others.map(noted) };
}

function nicsOf({ groups, others }: Inventory): readonly HeldNic[] {
  return [...groups.flatMap(({ nics }) => nics), ...others];
}
