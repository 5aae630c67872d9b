import { parseArgs } from 'node:util';
import { NicAttachment } from '../../lib';
import { Deployment } from '../e2e/deployment';
import { watchUsage } from './process-usage';

// Measures requests, memory and file descriptors of the provider for many attachments, by phase.

const USAGE = 'npm run load -- [--attachments 100,1000] [--parallelism 100]';
/** 1,000 attachments on 150 instances. */
const INSTANCES_PER_ATTACHMENT = 0.15;
/** Peak memory for the largest number of attachments, relative to the smallest. */
const MAX_MEMORY_RATIO = 2;
const MAX_ADDITIONAL_DESCRIPTORS = 16;

const PHASES: Readonly<Record<string, readonly string[]>> = {
  create: ['apply', '-auto-approve'],
  refresh: ['plan', '-refresh-only'],
  plan: ['plan', '-detailed-exitcode'],
  destroy: ['destroy', '-auto-approve'],
};

/** Peak usage by phase. */
type Peaks = Readonly<Record<string, { readonly peakMb: number; readonly peakDescriptors: number }>>;

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
    const [smallest, largest] = [peaks.at(0)?.[phase], peaks.at(-1)?.[phase]];
    if (smallest === undefined || largest === undefined) continue;
    const memoryRatio = Math.round((100 * largest.peakMb) / smallest.peakMb) / 100;
    const additionalDescriptors = largest.peakDescriptors - smallest.peakDescriptors;
    process.stdout.write(`${JSON.stringify({ phase, memoryRatio, additionalDescriptors })}\n`);
    if (memoryRatio > MAX_MEMORY_RATIO || additionalDescriptors > MAX_ADDITIONAL_DESCRIPTORS)
      process.exitCode = 1;
  }
}

async function measure(size: number, parallelism: number): Promise<Peaks> {
  const peaks: Record<string, Peaks[string]> = {};
  const instanceCount = Math.ceil(size * INSTANCES_PER_ATTACHMENT);
  const placed = Array.from({ length: size }, (_, index) => ({
    nicId: `nic-${index + 1}`,
    instanceId: `ins-${(index % instanceCount) + 1}`,
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
      const stop = watchUsage(command.pid, 'terraform-provider-zec');
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
        converged: placed.filter(({ nicId }) => d.nic(nicId).startsWith(wanted)).length,
        seconds: Math.round((performance.now() - startedAt) / 100) / 10,
        peakMb: Math.round(peak(({ peakKb }) => peakKb) / 1024),
        peakDescriptors: peak(({ peakDescriptors }) => peakDescriptors),
        lastDescriptors: peak(({ lastDescriptors }) => lastDescriptors),
        requests: Object.values(byAction).reduce((sum, count) => sum + count, 0),
        byAction,
      };
      peaks[phase] = figures;
      process.stdout.write(`${JSON.stringify(figures)}\n`);
      if (code === 0 && figures.converged === size) continue;
      process.stdout.write(output.slice(-4000));
      process.exitCode = 1;
    }
    return peaks;
  } finally {
    await d.close();
  }
}

void main();
