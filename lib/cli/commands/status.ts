import { withConnection } from '../../zec/client';
import { systemClock } from '../../zec/clock';
import type { InstanceId } from '../../zec/ids';
import { EXIT, UsageError, type ExitCode } from '../errors';
import type { Session } from '../session';
import { listInventory } from '../status/inventory';
import { inventoryJson, inventoryLines } from '../status/table';
import { watch } from '../status/watch';
import { read as readAttachment } from './attachment';

interface StatusOptions {
  readonly instanceId?: InstanceId;
  readonly region?: string;
  readonly name?: string;
  /** Interval between reads, in milliseconds. */
  readonly watch?: number;
  readonly json?: boolean;
}

/** @throws UsageError, SettingsError, ZecError */
export async function status(session: Session, options: StatusOptions, nicId?: string): Promise<ExitCode> {
  const { instanceId, region, name, watch: intervalMs, json = false } = options;
  if (nicId !== undefined) {
    if (instanceId === undefined) throw new UsageError('status NIC_ID requires --instance-id');
    if ((region ?? name ?? intervalMs) !== undefined) {
      throw new UsageError('status NIC_ID can be combined with --instance-id and --json only');
    }
    return readAttachment(session, { nicId, instanceId, timeout: '10m', json });
  }
  return withConnection(session.settings(), async ({ api }) => {
    const read = () => listInventory(api, options, session.signal);
    if (intervalMs === undefined) {
      const inventory = await read();
      const lines = json
        ? [inventoryJson(inventory, new Date().toISOString())]
        : inventoryLines(inventory, session.screen);
      session.out(`${lines.join('\n')}\n`);
    } else {
      session.exitWithReader();
      await watch({ read, intervalMs, clock: systemClock, session, json });
    }
    return EXIT.done;
  });
}
