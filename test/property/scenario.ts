import fc from 'fast-check';
import type { FaultRuleInput, WorldInput } from '../../lib/simulator';
import { instance, nic } from '../simulator/worlds';

/** The maximum lag of reads, in milliseconds. The handler tolerates five seconds. */
const MAX_LAG_MS = 4_000;
/** The maximum delay of a faulty response, in milliseconds. It is below the timeout of a request. */
const MAX_RESPONSE_DELAY_MS = 25_000;

export const INSTANCES = ['ins-1', 'ins-2', 'ins-3', 'ins-far'] as const;
export const NICS = ['nic-1', 'nic-2', 'nic-3'] as const;
const PROCESSES = [0, 1];
/** The processes of the sets: each set has its own. */
const SET_PROCESSES = [2, 3];

/** One of our creates or deletes. Times are in milliseconds from the start of the run. */
export interface Operation {
  readonly at: number;
  readonly process: number;
  readonly goal: 'attach' | 'detach';
  readonly nicId: string;
  readonly instanceId: string;
  readonly timeoutMs: number;
  /** An attach is complete when it is accepted. */
  readonly until?: 'accepted';
}

/** Attachments of one stack that are applied together. */
export interface AttachmentSet {
  readonly at: number;
  /** A number that no single operation uses: a set has its own processes. */
  readonly process: number;
  /** `converge`: like `zec-nic converge` with its confirmation. `together`: accept first, then wait. */
  readonly mode: 'converge' | 'together';
  /** Detached first, because the plan removes or moves them. */
  readonly removes: readonly SetTarget[];
  /** At most one for each vNIC. */
  readonly targets: readonly SetTarget[];
  /** The time between the two runs, or between acceptance and the wait. */
  readonly gapMs: number;
  /** A crash some time after a part began, in addition to the scenario's crashes of its process. */
  readonly kill: (TakeOver & { readonly part: SetPart; readonly afterMs: number }) | undefined;
}
export type SetPart = 'first run' | 'gap' | 'second run';

/** When a new process replaces a crashed one, and whether it undoes or repeats the operation. */
export interface TakeOver {
  readonly retryAfterMs: number;
  readonly undo: boolean;
}

export type SetTarget = Pick<Operation, 'nicId' | 'instanceId' | 'timeoutMs'>;

/** An action of another user or of the platform. */
export type ForeignAction =
  | { readonly kind: 'attach' | 'take'; readonly nicId: string; readonly instanceId: string }
  | { readonly kind: 'detach' | 'free' | 'vanish' | 'recreate'; readonly nicId: string }
  | { readonly kind: 'nic-status'; readonly nicId: string; readonly status: string }
  | { readonly kind: 'instance-status'; readonly instanceId: string; readonly status: string }
  | { readonly kind: 'reboot'; readonly instanceId: string; readonly forMs: number }
  | { readonly kind: 'release'; readonly instanceId: string };

/** An action at a given time, or after a number of our requests, for example between a read and a request. */
export interface TimedForeignAction {
  readonly when: { readonly at: number } | { readonly afterRequest: number };
  readonly act: ForeignAction;
}

/** The account of a run, and what happens there besides our operations. */
export interface Conditions {
  readonly world: WorldInput;
  readonly hostile: readonly TimedForeignAction[];
  readonly faults: readonly { readonly at: number; readonly forMs: number; readonly rule: FaultRuleInput }[];
  /** The wall clock of this machine jumps. */
  readonly jumps: readonly { readonly at: number; readonly byMs: number }[];
  /** The seed of the latencies and the handler's jitter. */
  readonly seed: number;
}

/** Everything that happens in one run. */
export interface Scenario extends Conditions {
  readonly operations: readonly Operation[];
  readonly sets: readonly AttachmentSet[];
  /** A process ends without cleanup. A new one repeats or undoes its unfinished operations. */
  readonly crashes: readonly (TakeOver & { readonly at: number; readonly process: number })[];
}

export const moment = fc.oneof(
  // Few distinct times, so that events coincide.
  { weight: 3, arbitrary: fc.constantFrom(0, 15, 40, 1_000, 5_000) },
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 3_000 }) },
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 20_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 90_000 }) },
);
const nicId = fc.oneof(
  { weight: 3, arbitrary: fc.constant(NICS[0]) },
  { weight: 2, arbitrary: fc.constantFrom(...NICS) },
);
const instanceId = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(INSTANCES[0], INSTANCES[1]) },
  { weight: 1, arbitrary: fc.constantFrom(...INSTANCES, 'ins-none') },
);

const timeoutMs = fc.oneof(
  fc.integer({ min: 1_000, max: 15_000 }),
  fc.integer({ min: 15_000, max: 120_000 }),
);

const operation: fc.Arbitrary<Operation> = fc.record({
  at: moment,
  process: fc.constantFrom(...PROCESSES),
  goal: fc.constantFrom('attach', 'detach'),
  nicId: fc.oneof({ weight: 12, arbitrary: nicId }, { weight: 1, arbitrary: fc.constant('nic-none') }),
  instanceId,
  timeoutMs,
});

export const targets = (minLength: number) =>
  fc.uniqueArray(fc.record({ nicId: fc.constantFrom(...NICS), instanceId, timeoutMs }), {
    selector: (target) => target.nicId,
    minLength,
    maxLength: NICS.length,
  });

const sets: fc.Arbitrary<readonly AttachmentSet[]> = fc
  .array(
    fc.record({
      at: moment,
      mode: fc.constantFrom('converge', 'converge', 'together'),
      removes: fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: targets(1) }),
      targets: targets(1),
      gapMs: fc.constantFrom(0, 50, 500, 3_000),
      kill: fc.option(
        fc.record({
          part: fc.constantFrom('first run', 'gap', 'second run'),
          afterMs: fc.oneof(fc.integer({ max: 200, min: 0 }), fc.integer({ min: 0, max: 5_000 })),
          retryAfterMs: moment,
          undo: fc.boolean(),
        }),
        { nil: undefined },
      ),
    }),
    { maxLength: SET_PROCESSES.length },
  )
  .map((all) => all.map((set, index) => ({ ...set, process: SET_PROCESSES[index] ?? 0 })));

const act: fc.Arbitrary<ForeignAction> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constantFrom('attach', 'take'), nicId, instanceId }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constantFrom('detach', 'free', 'vanish', 'recreate'), nicId }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('nic-status'),
      nicId,
      status: fc.constantFrom('PENDING', 'DELETING', 'CREATE_FAILED', 'FUTURE_MOOD'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('instance-status'),
      instanceId,
      status: fc.constantFrom(
        ...['RUNNING', 'STOPPED', 'STOPPING', 'RELEASING', 'RECYCLE', 'RESIZING', 'FUTURE_MOOD'],
      ),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('reboot'),
      instanceId,
      forMs: fc.integer({ min: 100, max: 20_000 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('release'), instanceId }) },
);

const hostile: fc.Arbitrary<TimedForeignAction> = fc.record({
  when: fc.oneof(
    fc.record({ at: moment }),
    fc.record({ afterRequest: fc.integer({ min: 1, max: 12 }) }),
    fc.record({ afterRequest: fc.integer({ min: 1, max: 40 }) }),
  ),
  act,
});

const action = fc.constantFrom(
  ...(['*', 'AttachNetworkInterface', 'DetachNetworkInterface'] as const),
  ...(['DescribeNetworkInterfaces', 'DescribeInstances'] as const),
);
const changing = fc.constantFrom('AttachNetworkInterface', 'DetachNetworkInterface');
const probability = fc.constantFrom(0.1, 0.3, 0.6, 1);
const times = fc.constantFrom(1, 1, 2, 3, 1_000);
const late = fc.constantFrom(undefined, undefined, 500, 3_000, MAX_RESPONSE_DELAY_MS);
const plain = { action, probability, times, afterMs: late };

const rule = fc
  .oneof(
    fc.record({ kind: fc.constantFrom('reset', 'hang'), ...plain }),
    fc.record({
      kind: fc.constant('drop-after-apply'),
      ...plain,
      action: changing,
      probability: fc.constant(1),
    }),
    fc.record({ kind: fc.constant('fail-async'), ...plain, action: changing, probability: fc.constant(1) }),
    fc.record({
      kind: fc.constant('malformed'),
      variant: fc.constantFrom('html', 'truncated', 'oversized', 'envelope'),
      ...plain,
    }),
    fc.record({
      kind: fc.constant('status'),
      status: fc.constantFrom(429, 500, 503, 504),
      retryAfter: fc.constantFrom(undefined, 1, 7, 40),
      ...plain,
    }),
    fc.record({
      kind: fc.constant('status'),
      status: fc.constantFrom(400, 409),
      code: fc.constantFrom('INVALID_NIC_STATUS', 'INVALID_NIC_ATTACHED', 'INVALID_NIC_LB_ASSOCIATED'),
      ...plain,
      action: changing,
    }),
  )
  .map((given) => JSON.parse(JSON.stringify(given)) as FaultRuleInput);

const range = (max: number) =>
  fc
    .tuple(fc.integer({ min: 0, max }), fc.integer({ min: 0, max }))
    .map(([a, b]): [number, number] => [Math.min(a, b), Math.max(a, b)]);
const duration = fc.oneof(range(300), range(3_000), range(12_000));

const settings = fc.record({
  attachMs: duration,
  detachMs: duration,
  describeLagMs: fc.oneof(
    { weight: 3, arbitrary: fc.constant(0) },
    { weight: 2, arbitrary: fc.integer({ min: 0, max: MAX_LAG_MS }) },
    { weight: 3, arbitrary: range(MAX_LAG_MS) },
  ),
  rateLimitPerSecond: fc.oneof(
    { weight: 4, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.integer({ min: 2, max: 8 }) },
  ),
  seed: fc.nat(1_000_000),
});

/** API behavior that is undocumented, or that users configure. */
function variant(seed: number): WorldInput['settings'] {
  return {
    releasedNics: seed % 2 === 0 ? 'DELETE' : 'FREE',
    freeNicDetachCode: seed % 3 === 0 ? 'OPERATION_DENIED_NIC_NOT_EXIST_INSTANCE' : 'INVALID_NIC_STATUS',
    retryAfter: seed % 5 !== 0,
  };
}

const nicStart = fc.oneof(
  { weight: 4, arbitrary: fc.constant({}) },
  { weight: 4, arbitrary: fc.record({ instanceId: fc.constantFrom('ins-1', 'ins-2') }) },
  {
    weight: 2,
    arbitrary: fc.record({
      instanceId: fc.constantFrom('ins-1', 'ins-2'),
      status: fc.constantFrom('ATTACHING', 'DETACHING'),
    }),
  },
);

const world: fc.Arbitrary<WorldInput> = fc
  .record({
    settings,
    statuses: fc.tuple(
      ...[0, 1, 2].map(() => fc.constantFrom('RUNNING', 'RUNNING', 'RUNNING', 'BOOTING', 'STOPPED')),
    ),
    nics: fc.tuple(...NICS.map(() => nicStart)),
  })
  .map(({ settings: chosen, statuses, nics }) => ({
    settings: { ...chosen, ...variant(chosen.seed) },
    instances: INSTANCES.map((id, index) =>
      instance(id, {
        status: statuses[index] ?? 'RUNNING',
        ...(id === 'ins-far' ? { zoneId: 'europe-west-2a' } : {}),
      }),
    ),
    nics: NICS.map((id, index) => nic(id, nics[index])),
  }));

/** The record of {@link Conditions}. */
export const conditions = {
  world,
  hostile: fc.array(hostile, { maxLength: 8 }),
  faults: fc.array(fc.record({ at: moment, forMs: fc.constantFrom(2_000, 15_000, 40_000, 120_000), rule }), {
    maxLength: 4,
  }),
  jumps: fc.array(fc.record({ at: moment, byMs: fc.integer({ min: -86_400_000, max: 86_400_000 }) }), {
    maxLength: 2,
  }),
  seed: fc.nat(),
};

export const scenarios: fc.Arbitrary<Scenario> = fc.record({
  world: conditions.world,
  operations: fc.array(operation, { minLength: 1, maxLength: 6 }),
  sets,
  hostile: conditions.hostile,
  faults: conditions.faults,
  crashes: fc.array(
    fc.record({
      at: moment,
      process: fc.constantFrom(...PROCESSES, ...SET_PROCESSES),
      retryAfterMs: moment,
      undo: fc.boolean(),
    }),
    { maxLength: 2 },
  ),
  jumps: conditions.jumps,
  seed: conditions.seed,
});

/** The maximum staleness of a Describe response, in milliseconds. */
export function longestLag({ world: { settings: chosen } }: Conditions): number {
  const lag = chosen?.describeLagMs ?? 0;
  return typeof lag === 'number' ? lag : Math.max(...lag);
}
