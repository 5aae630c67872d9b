import { instance, nic } from '../simulator/worlds';
import { runScenario, realHandler } from './run';
import type { MakeSubject } from './run';
import { NICS } from './scenario';
import type { Operation, Scenario } from './scenario';

/** The real handler, except that a request is no longer tracked once its outcome was read. */
const forgetsSettled: MakeSubject = (api, clock, random, inFlight) =>
  realHandler(api, clock, random, {
    add: (...args) => inFlight.add(...args),
    requests: (nicId) => inFlight.requests(nicId).filter(({ settled }) => !settled),
  });

interface Step {
  readonly at: number;
  readonly goal: Operation['goal'];
  readonly instanceId?: string;
  readonly process?: number;
}

/** Operations on one vNIC, with reads of varying staleness up to `lagMs`. */
const scenario = (
  steps: readonly Step[],
  lagMs: number,
  heldBy: string | undefined,
  seed: number,
): Scenario => ({
  world: {
    settings: { attachMs: [0, 0], detachMs: [0, 0], describeLagMs: [0, lagMs], rateLimitPerSecond: 0, seed },
    instances: [instance('ins-1'), instance('ins-2')],
    nics: NICS.map((id) => nic(id, id === 'nic-1' && heldBy !== undefined ? { instanceId: heldBy } : {})),
  },
  operations: steps.map(({ at, goal, instanceId = 'ins-1', process = 0 }) => ({
    ...{ at, goal, instanceId, process, nicId: 'nic-1', timeoutMs: 15_000 },
  })),
  sets: [],
  hostile: [],
  faults: [],
  crashes: [],
  jumps: [],
  seed,
});

const SEEDS = Array.from({ length: 50 }, (_, index) => index + 1);
const violations = async (given: (seed: number) => Scenario, subject?: MakeSubject) => {
  const outcomes = await Promise.all(SEEDS.map((seed) => runScenario(given(seed), subject)));
  return outcomes.flatMap((outcome) => outcome.violations.map(({ check, what }) => `${check}: ${what}`));
};

describe.each<[string, readonly Step[], string | undefined]>([
  [
    'a detach soon after an attach that succeeded',
    [
      { at: 0, goal: 'attach' },
      { at: 1_200, goal: 'detach' },
    ],
    undefined,
  ],
  [
    'the same in two processes',
    [
      { at: 0, goal: 'attach' },
      { at: 1_200, goal: 'detach', process: 1 },
    ],
    undefined,
  ],
  [
    'an attach soon after a detach that succeeded',
    [
      { at: 0, goal: 'detach' },
      { at: 1_200, goal: 'attach', process: 1 },
    ],
    'ins-1',
  ],
  [
    'a detach, after its own request, soon after an attach',
    [
      { at: 0, goal: 'attach' },
      { at: 900, goal: 'detach', process: 1 },
      { at: 1_800, goal: 'detach' },
    ],
    undefined,
  ],
])('%s', (_, steps, heldBy) => {
  const given = (seed: number) => scenario(steps, 1_566, heldBy, seed);

  test('is not based on a read from before it', async () => {
    expect(await violations(given)).toEqual([]);
  });

  test('would do so if a request were forgotten as soon as its outcome was read', async () => {
    expect((await violations(given, forgetsSettled)).join('\n')).toContain('no request sent before');
  });
});

test('an attach does not adopt an attachment that a concurrent detach may have removed', async () => {
  const steps: readonly Step[] = [
    { at: 0, goal: 'attach' },
    { at: 77, goal: 'detach', instanceId: 'ins-2' },
    { at: 1_000, goal: 'attach' },
  ];
  // Someone moves the vNIC to ins-1 manually while its detach from ins-2 is in flight.
  const found = await Promise.all(
    [1, 2, 3, 4, 5].map((afterRequest) =>
      violations((seed) => ({
        ...scenario(steps, 1_184, 'ins-2', seed),
        hostile: [
          { when: { afterRequest }, act: { kind: 'take', nicId: 'nic-1', instanceId: 'ins-1' } as const },
        ],
      })),
    ),
  );
  expect(found.flat()).toEqual([]);
});
