import { parseArgs } from 'node:util';
import { NicAttachment } from '../../lib';
import { Deployment } from '../e2e/deployment';
import { watch } from './watch';

// Many attachments through the provider runner: requests, memory and descriptors of the provider, by phase.

const USAGE = 'npm run load -- [--attachments 100,1000] [--parallelism 100]';
/** A thousand attachments over 150 instances. */
const INSTANCES_PER_ATTACHMENT = 0.15;
/** What the provider may use for the most attachments, compared with the fewest. */
const MAX_MEMORY_RATIO = 1.5;
const MAX_MORE_DESCRIPTORS = 16;

const PHASES: Readonly<Record<string, readonly string[]>> = {
  create: ['apply', '-auto-approve'],
  refresh: ['plan', '-refresh-only'],
  plan: ['plan', '-detailed-exitcode'],
  destroy: ['destroy', '-auto-approve'],
};

/** By phase. */
type Peaks = Readonly<Record<string, { readonly peakMb: number; readonly mostDescriptors: number }>>;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      attachments: { type: 'string', default: '100,1000' },
      parallelism: { type: 'string', default: '100' },
    },
  });
  const sizes = values.attachments.split(',').map(Number);
  const parallelism = Number(values.parallelism);
  if (![...sizes, parallelism].every((each) => Number.isSafeInteger(each) && each > 0)) {
    process.stderr.write(`${USAGE}\n`);
    process.exitCode = 2;
    return;
  }
  const peaks: Peaks[] = [];
  for (const size of sizes.sort((a, b) => a - b)) peaks.push(await measure(size, parallelism));
  for (const phase of Object.keys(PHASES)) {
    const [fewest, most] = [peaks.at(0)?.[phase], peaks.at(-1)?.[phase]];
    if (fewest === undefined || most === undefined) continue;
    const memoryRatio = Math.round((100 * most.peakMb) / fewest.peakMb) / 100;
    const moreDescriptors = most.mostDescriptors - fewest.mostDescriptors;
    process.stdout.write(`${JSON.stringify({ phase, memoryRatio, moreDescriptors })}\n`);
    if (memoryRatio > MAX_MEMORY_RATIO || moreDescriptors > MAX_MORE_DESCRIPTORS) process.exitCode = 1;
  }
}

async function measure(size: number, parallelism: number): Promise<Peaks> {
  const peaks: Record<string, Peaks[string]> = {};
  const many = Math.ceil(size * INSTANCES_PER_ATTACHMENT);
  const placed = Array.from({ length: size }, (_, index) => ({
    nicId: `nic-${index + 1}`,
    instanceId: `ins-${(index % many) + 1}`,
  }));
  const instances = [...new Set(placed.map(({ instanceId }) => instanceId))];
  const world = {
    instances: instances.map((instanceId) => ({ instanceId })),
    nics: placed.map(({ nicId }) => ({ nicId })),
    settings: { attachMs: [500, 3000], detachMs: [500, 3000] },
  };
  const d = await Deployment.start(world, { 'zec:runner': 'provider' });
  const { cloud } = d.simulator;
  try {
    d.synth((stack) => {
      for (const ids of placed) new NicAttachment(stack, ids.nicId, ids);
    });
    await d.initialize();
    for (const [phase, args] of Object.entries(PHASES)) {
      const from = new Date(cloud.now()).toISOString();
      const startedAt = performance.now();
      const command = await d.start([...args, `-parallelism=${parallelism}`]);
      const stop = watch(command.pid, 'terraform-provider-zec');
      const { code, output } = await command.finished;
      const usages = stop();
      const peak = (pick: (usage: (typeof usages)[number]) => number) => Math.max(0, ...usages.map(pick));
      const byAction: Record<string, number> = {};
      for (const { action, time } of cloud.requests()) {
        if (time < from) continue;
        byAction[action ?? 'none'] = (byAction[action ?? 'none'] ?? 0) + 1;
      }
      const wanted = phase === 'destroy' ? 'AVAILABLE' : 'USED';
      const figures = {
        attachments: size,
        instances: instances.length,
        parallelism,
        phase,
        code,
        right: placed.filter(({ nicId }) => d.nic(nicId).startsWith(wanted)).length,
        seconds: Math.round((performance.now() - startedAt) / 100) / 10,
        peakMb: Math.round(peak(({ peakKb }) => peakKb) / 1024),
        mostDescriptors: peak(({ mostDescriptors }) => mostDescriptors),
        descriptorsAtEnd: peak(({ lastDescriptors }) => lastDescriptors),
        requests: Object.values(byAction).reduce((sum, count) => sum + count, 0),
        byAction,
      };
      peaks[phase] = figures;
      process.stdout.write(`${JSON.stringify(figures)}\n`);
      if (code === 0 && figures.right === size) continue;
      process.stdout.write(output.slice(-4000));
      process.exitCode = 1;
    }
    return peaks;
  } finally {
    await d.close();
  }
}

void main();
