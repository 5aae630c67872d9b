import { ZecClient } from '../../zec/client';
import { systemClock } from '../../zec/clock';
import { parseInstanceId } from '../../zec/ids';
import { PaceFile } from '../../zec/pace-file';
import { command } from '../command';
import { EXIT } from '../exit-codes';
import { duration, flag, id, impliedValue, text } from '../options';
import { takeInventory } from '../status/inventory';
import type { Inventory } from '../status/inventory';
import { inventoryJson, inventoryLines } from '../status/render';
import { watch } from '../status/watch';

export const statusCommand = command({
  name: 'status',
  summary: 'a table of instances and their vNICs',
  description: [
    'Shows every instance with the vNICs it holds, then the vNICs that are free. A note stands where the two views ' +
      'of an attachment do not agree. Changes nothing.',
    'With --watch it looks again and again, in place on a terminal and as one table below the other elsewhere, until ' +
      'it is interrupted. What changed since the look before has a note. Looks that fail for a passing reason are repeated, ten in a row at most.',
  ],
  options: {
    instanceId: id({ value: 'Y', help: 'only this instance and its vNICs' }, parseInstanceId),
    region: text({ value: 'R', help: 'only this region, such as asia-east-1' }),
    name: text({
      value: 'TEXT',
      help: 'only what has this in its name, or in the name of its instance, in any case',
    }),
    watch: impliedValue(
      duration('interval', { help: 'look again after this long' }, { leastMs: 1000, mostSeconds: 3600 }),
      '5s',
    ),
    json: flag('one line of JSON for each look'),
  },
  examples: [
    { what: 'Everything', run: 'zec-nic status' },
    { what: 'One instance, live', run: 'zec-nic status --instance-id ins-1 --watch 2s' },
    {
      what: 'The ids of all free vNICs of a region',
      run: `zec-nic status --region asia-east-1 --json | jq -r '.otherNics[] | select(.status == "AVAILABLE").nicId'`,
    },
  ],
  exitCodes: {
    [EXIT.done]: 'shown; with --watch, interrupted, which is how that ends',
    [EXIT.failed]: 'the API could not be asked',
    [EXIT.interrupted]: 'interrupted before the table was there, without --watch',
  },
  usesSettings: true,
  async run({ options: { instanceId, region, name, watch: intervalMs, json } }, session) {
    const settings = session.settings();
    const client = new ZecClient(settings, { pace: new PaceFile(settings, systemClock) });
    const { signal } = session;
    const look = () => takeInventory(client, { instanceId, region, name }, signal);
    const asJson = (inventory: Inventory, at: string) =>
      JSON.stringify({ ok: true, at, ...inventoryJson(inventory) });
    try {
      if (intervalMs !== undefined) {
        await watch({
          look,
          intervalMs,
          clock: systemClock,
          signal,
          write: session.out,
          screen: () => session.screen,
          ...(json ? { asJson } : {}),
        });
        return EXIT.done;
      }
      const inventory = await look();
      session.out(
        json
          ? `${asJson(inventory, new Date().toISOString())}\n`
          : `${inventoryLines(inventory, session.screen).join('\n')}\n`,
      );
      return EXIT.done;
    } finally {
      await client.close();
    }
  },
});
