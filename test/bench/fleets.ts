import { startSimulator } from '../../lib/simulator';
import type { Simulator } from '../../lib/simulator';
import { ZecClient } from '../../lib/zec/client';
import { systemClock } from '../../lib/zec/clock';
import { parseInstanceId, parseNicId } from '../../lib/zec/ids';
import { resolveSettings } from '../../lib/zec/settings';
import { KEY } from '../simulator/worlds';
import { attachmentOf, DrivenProvider, fleetWorld } from '../support/driven-provider';
import { inParallel } from '../support/workers';
import { scenario } from './scenario';
import type { Figures, Scenario } from './scenario';
import { QUICK_ATTACH_MS, TerraformFleet } from './terraform';
import { describeOne } from './vendor-loop';

const ROUND_TRIP_MS = 80;
const DEFAULT_PARALLELISM = 10;

type Steps = 'create' | 'plan' | 'refresh' | 'destroy';

/** The vendor provider's behaviour, without Terraform: plans send no request, and creates and destroys do not wait. */
function vendorRequests(count: number): Figures<Steps> {
  return { create: 2 * count, plan: count, refresh: count, destroy: 2 * count };
}

async function throughTerraform({ count, parallelism, attachMs }: Size): Promise<Figures<Steps>> {
  const fleet = await TerraformFleet.start({ count, parallelism, attachMs });
  try {
    const of = ({ changes, describes }: { changes: number; describes: number }) => changes + describes;
    return {
      create: of(await fleet.apply()),
      plan: of(await fleet.plan()),
      refresh: of(await fleet.refresh()),
      destroy: of(await fleet.destroy()),
    };
  } finally {
    await fleet.close();
  }
}

interface Size {
  readonly count: number;
  readonly parallelism: number;
  readonly attachMs?: readonly [number, number];
  /** Maximum acceptable ratios. */
  readonly create?: number;
  readonly refresh?: number;
}

const SIZES: readonly Size[] = [
  { count: 1, parallelism: 10 },
  { count: 10, parallelism: 10 },
  { count: 100, parallelism: 10 },
  { count: 100, parallelism: 100, create: 0.75 },
  { count: 1_000, parallelism: 10, refresh: 0.11 },
  { count: 1_000, parallelism: 100, create: 0.75, refresh: 0.03 },
  { count: 1_000, parallelism: 100, attachMs: [5_000, 15_000], create: 0.75, refresh: 0.03 },
];

/** Request counts of whole Terraform commands: `create` includes the plan, `destroy` the refresh. */
const requests = SIZES.map((size) => {
  const { count, parallelism, attachMs = QUICK_ATTACH_MS, create, refresh } = size;
  const seconds = attachMs.map((ms) => ms / 1000).join(' to ');
  return scenario<Steps>({
    name: `requests: ${count} attachments of ${seconds} s, ${parallelism} at a time, Terraform`,
    against: 'two to create or destroy, one to plan or refresh, each',
    metrics: {
      create: { unit: 'requests', ...(create === undefined ? {} : { goal: create }) },
      plan: { unit: 'requests' },
      refresh: { unit: 'requests', ...(refresh === undefined ? {} : { goal: refresh }) },
      destroy: { unit: 'requests' },
    },
    runs: 1,
    steady: true,
    slow: true,
    prepare: () =>
      Promise.resolve({
        baseline: () => Promise.resolve(vendorRequests(count)),
        subject: () => throughTerraform(size),
      }),
  });
});

/** The baseline over HTTP: one describe for each attachment, with limited concurrency. */
async function refreshOneByOne(simulator: Simulator, count: number, parallelism: number): Promise<number> {
  const api = new ZecClient(
    resolveSettings({
      homeDir: '/nowhere',
      env: {
        ZENLAYERCLOUD_DOMAIN: new URL(simulator.endpoint).host,
        ZENLAYERCLOUD_SCHEME: 'http',
        ZENLAYERCLOUD_ACCESS_KEY_ID: KEY.accessKeyId,
        ZENLAYERCLOUD_ACCESS_KEY_PASSWORD: KEY.accessKeyPassword,
      },
    }),
  );
  const startedAt = performance.now();
  const ids = Array.from({ length: count }, (_, index) => attachmentOf(index));
  await inParallel(ids, parallelism, async ({ nic_id, instance_id }) => {
    const target = {
      nicId: parseNicId(nic_id as string),
      instanceId: parseInstanceId(instance_id as string),
    };
    const nic = await describeOne(api, systemClock, target);
    if (nic?.instanceId !== target.instanceId) throw new Error(`${target.nicId} was not shown`);
  });
  const wallMs = performance.now() - startedAt;
  await api.close();
  return wallMs;
}

/** A refresh by the provider over gRPC, ten at a time, without Terraform's own overhead. */
const refreshDriven = scenario<'wall'>({
  name: 'refresh: 1000 attachments, 10 at a time, round trip of 80 ms, driven over gRPC',
  against: 'one describe each, as many at a time',
  metrics: { wall: { unit: 'ms', goal: 0.2 } },
  runs: 3,
  prepare: async () => {
    const input = fleetWorld(1_000, true, { settings: { latencyMs: ROUND_TRIP_MS } });
    const driven = await DrivenProvider.start(input);
    const ids = Array.from({ length: 1_000 }, (_, index) => index);
    return {
      baseline: async () => ({
        wall: await refreshOneByOne(driven.simulator, 1_000, DEFAULT_PARALLELISM),
      }),
      subject: async () => {
        await driven.restart();
        const startedAt = performance.now();
        await driven.refresh(ids, DEFAULT_PARALLELISM);
        return { wall: performance.now() - startedAt };
      },
      close: () => driven.close(),
    };
  },
});

/** A whole `terraform plan -refresh-only`, from the start of Terraform to its exit. */
const refreshTerraform = scenario<'wall'>({
  name: 'refresh: 1000 attachments, 10 at a time, round trip of 80 ms, Terraform',
  against: 'one describe each, as many at a time, without Terraform',
  metrics: { wall: { unit: 'ms', goal: 0.2 } },
  runs: 3,
  slow: true,
  prepare: async () => {
    const fleet = await TerraformFleet.start({ count: 1_000, latencyMs: ROUND_TRIP_MS, attached: true });
    const input = fleetWorld(1_000, true, { settings: { latencyMs: ROUND_TRIP_MS } });
    const simulator = await startSimulator({ world: input });
    return {
      baseline: async () => ({ wall: await refreshOneByOne(simulator, 1_000, DEFAULT_PARALLELISM) }),
      subject: async () => ({ wall: (await fleet.refresh()).wallMs }),
      close: async () => {
        await fleet.close();
        await simulator.close();
      },
    };
  },
});

export const FLEETS: readonly Scenario[] = [...requests, refreshDriven, refreshTerraform];
