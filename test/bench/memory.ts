import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROVIDER } from '../../lib/contract';
import { schemaType } from '../../lib/plugin/schema';
import type { Type } from '../../lib/plugin/values';
import { nicAttachmentSchema } from '../../lib/provider/nic-attachment-state';
import { settingsSchema } from '../../lib/provider/settings';
import { parseWorld, startSimulator } from '../../lib/simulator';
import { Host, packed } from '../plugin/host';
import type { Command } from './measure-process';
import { output } from './measure-process';
import { scenario } from './scenario';
import type { Figures, Scenario } from './scenario';

const BUNDLE = join(__dirname, '../../dist/assets/terraform-provider-zec/terraform-provider-zec-node.js');
/** Terraform's default. */
const PARALLEL = 10;
const MANY = 5000;

const bareNode: Command = {
  command: process.execPath,
  args: ['-p', 'process.resourceUsage().maxRSS / 1024'],
};

type Peak = 'peak';

/** The peak memory, in MiB, of a provider that refreshes and plans `count` attachments like Terraform, ten at a time. */
async function refresh(count: number): Promise<Figures<Peak>> {
  const ids = Array.from({ length: count }, (_, n) => ({ nicId: `nic-${n}`, instanceId: `ins-${n >> 2}` }));
  const simulator = await startSimulator({
    world: parseWorld({
      instances: [...new Set(ids.map(({ instanceId }) => instanceId))].map((instanceId) => ({
        instanceId,
        zoneId: 'asia-east-1a',
        status: 'RUNNING',
      })),
      nics: ids.map((each) => ({ ...each, regionId: 'asia-east-1', nicType: 'Secondary', status: 'USED' })),
      credentials: [{ accessKeyId: 'bench', accessKeyPassword: 'bench-password' }],
      settings: { attachMs: [0, 0], detachMs: [0, 0] },
    }),
  });
  const host = await Host.start(BUNDLE, {
    ZENLAYERCLOUD_DOMAIN: new URL(simulator.endpoint).host,
    ZENLAYERCLOUD_SCHEME: 'http',
    ZENLAYERCLOUD_ACCESS_KEY_ID: 'bench',
    ZENLAYERCLOUD_ACCESS_KEY_PASSWORD: 'bench-password',
  });
  try {
    await host.call('GetProviderSchema');
    await host.call('ConfigureProvider', {
      terraformVersion: '1.11.4',
      config: withNulls(schemaType(settingsSchema), {}),
    });
    const queue = [...ids];
    const worker = async () => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) await refreshOne(host, next);
    };
    await Promise.all(Array.from({ length: PARALLEL }, worker));
    const [, kib] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${host.pid}/status`, 'utf8')) ?? [];
    return { peak: Number(kib) / 1024 };
  } finally {
    await host.close();
    await simulator.close();
  }
}

async function refreshOne(
  host: Host,
  { nicId, instanceId }: { nicId: string; instanceId: string },
): Promise<void> {
  const typeName = PROVIDER.nicAttachment;
  const type = schemaType(nicAttachmentSchema);
  const state = withNulls(type, { id: `${nicId}:${instanceId}`, nic_id: nicId, instance_id: instanceId });
  const { newState, diagnostics } = await host.call('ReadResource', { typeName, currentState: state });
  if (diagnostics?.length !== 0) throw new Error(JSON.stringify(diagnostics));
  const config = withNulls(type, { nic_id: nicId, instance_id: instanceId });
  await host.call('PlanResourceChange', {
    typeName,
    priorState: newState,
    proposedNewState: newState,
    config,
  });
}

/** An object of `type`. Attributes that `values` omits are null. */
function withNulls(type: Type, values: Readonly<Record<string, string>>): { readonly msgpack: Uint8Array } {
  if (typeof type === 'string' || type[0] !== 'object') throw new Error('not an object');
  const nulls = Object.fromEntries(Object.keys(type[1]).map((name) => [name, null]));
  return packed({ ...nulls, ...values });
}

export const MEMORY: readonly Scenario[] = [
  scenario<Peak>({
    name: 'memory: provider, 1 attachment',
    against: 'node -p maxRSS',
    metrics: { peak: { unit: 'MiB', goal: 2 } },
    runs: 5,
    prepare: () =>
      Promise.resolve({
        baseline: async () => ({ peak: Number(await output(bareNode)) }),
        subject: () => refresh(1),
      }),
  }),
  scenario<Peak>({
    name: `memory: provider, ${MANY} attachments`,
    against: 'provider, 1 attachment',
    metrics: { peak: { unit: 'MiB', goal: 1.5 } },
    runs: 3,
    slow: true,
    prepare: () => Promise.resolve({ baseline: () => refresh(1), subject: () => refresh(MANY) }),
  }),
];
