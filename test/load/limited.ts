import { NicAttachment } from '../../lib';
import type { LoggedRequest } from '../../lib/simulator';
import { Deployment } from '../e2e/deployment';

export const RUNNERS = {
  provider: { 'zec:runner': 'provider' },
  'local-exec': { 'zec:carrier': 'terraform_data' },
} as const;
export type RunnerName = keyof typeof RUNNERS;

export interface LimitedCommand {
  readonly command: 'apply' | 'destroy';
  /** The exit code of each pipeline, and its duration in seconds. */
  readonly codes: readonly (number | string)[];
  readonly seconds: readonly number[];
  /** Attachments in the desired state, out of `total`. */
  readonly converged: number;
  readonly total: number;
  readonly requests: number;
  readonly throttled: number;
  readonly byAction: Readonly<Record<string, number>>;
  /** Seconds from the first to the last request for a vNIC: median, 95th percentile, maximum. */
  readonly durations: readonly (number | undefined)[];
  readonly output: string;
}

const PER_INSTANCE = 7;

/** Applies, then destroys stacks concurrently in an account limited to `rate` requests per second. */
export async function deployLimited(
  runner: RunnerName,
  { rate, attachments, pipelines }: Readonly<Record<'rate' | 'attachments' | 'pipelines', number>>,
): Promise<readonly LimitedCommand[]> {
  const total = attachments * pipelines;
  const placed = Array.from({ length: total }, (_, index) => ({
    nicId: `nic-${index + 1}`,
    instanceId: `ins-${Math.floor(index / PER_INSTANCE) + 1}`,
  }));
  const first = await Deployment.start(
    {
      instances: [...new Set(placed.map(({ instanceId }) => instanceId))].map((instanceId) => ({
        instanceId,
      })),
      nics: placed.map(({ nicId }) => ({ nicId })),
      settings: { attachMs: [300, 900], detachMs: [300, 900] },
    },
    RUNNERS[runner],
  );
  const stacks = [first, ...Array.from({ length: pipelines - 1 }, () => first.secondStack())];
  try {
    for (const [at, stack] of stacks.entries()) {
      stack.synth((scope) => {
        for (const ids of placed.slice(at * attachments, (at + 1) * attachments))
          new NicAttachment(scope, ids.nicId, ids);
      });
      await stack.initialize();
    }
    first.simulator.cloud.patch({ settings: { rateLimitPerSecond: rate } });
    const commands: LimitedCommand[] = [];
    for (const command of ['apply', 'destroy'] as const) {
      const requestsBefore = first.simulator.cloud.requests().length;
      const startedAt = performance.now();
      const results = await Promise.all(
        stacks.map(async (stack) => {
          const { code, output } = await stack.terraform([command, '-auto-approve']);
          return { code, output, seconds: (performance.now() - startedAt) / 1000 };
        }),
      );
      const expectedStatus = command === 'apply' ? 'USED' : 'AVAILABLE';
      commands.push({
        command,
        codes: results.map(({ code }) => code),
        seconds: results.map(({ seconds }) => Math.round(seconds * 10) / 10),
        converged: placed.filter(({ nicId }) => first.nic(nicId).startsWith(expectedStatus)).length,
        total,
        ...counts(first.simulator.cloud.requests().slice(requestsBefore)),
        output: results.map(({ output }) => output).join('\n'),
      });
    }
    return commands;
  } finally {
    for (const stack of stacks.slice(1)) stack.remove();
    await first.close();
  }
}

function counts(requests: readonly LoggedRequest[]) {
  const byAction: Record<string, number> = {};
  const intervals = new Map<string, readonly [from: number, to: number]>();
  for (const { action, time, parameters } of requests) {
    byAction[action ?? 'none'] = (byAction[action ?? 'none'] ?? 0) + 1;
    const { nicId, nicIds = [] } = parameters as { nicId?: string; nicIds?: readonly string[] };
    const at = Date.parse(time);
    for (const id of nicId === undefined ? nicIds : [nicId])
      intervals.set(id, [intervals.get(id)?.[0] ?? at, at]);
  }
  const durations = [...intervals.values()].map(([from, to]) => (to - from) / 1000).sort((a, b) => a - b);
  return {
    requests: requests.length,
    throttled: requests.filter(({ status }) => status === 429).length,
    byAction,
    durations: [0.5, 0.95, 1].map(
      (part) => durations[Math.min(durations.length - 1, Math.floor(durations.length * part))],
    ),
  };
}
