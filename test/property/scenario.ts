import fc from 'fast-check';
import type { FaultRuleInput, WorldInput } from '../../lib/simulator';
import { instance, nic } from '../simulator/worlds';

/** Longest lag of the reads that the handler is made for, in milliseconds: it waits five seconds for them. */
const LONGEST_LAG_MS = 4_000;
/** Longest that a faulty answer is late, in milliseconds: it still comes within the time of one request. */
const LATEST_ANSWER_MS = 25_000;

export const INSTANCES = ['ins-1', 'ins-2', 'ins-3', 'ins-far'] as const;
export const NICS = ['nic-1', 'nic-2', 'nic-3'] as const;
const PROCESSES = [0, 1];
/** Of the sets: each has its own. */
const SET_PROCESSES = [2, 3];

/** One create or delete of ours. Times are in milliseconds from the start of the run. */
export interface Operation {
  readonly at: number;
  readonly process: number;
  readonly goal: 'attach' | 'detach';
  readonly nicId: string;
  readonly instanceId: string;
  readonly timeoutMs: number;
  /** For an attach: it is enough that it was accepted. */
  readonly until?: 'accepted';
}

/** Attachments of one stack that are brought about at once. */
export interface AttachmentSet {
  readonly at: number;
  /** A number that no single operation has: its processes are its own. */
  readonly process: number;
  /** `converge`: as `zec-nic converge` does, and its confirmation. `together`: accepted first, then waited for. */
  readonly mode: 'converge' | 'together';
  /** Detached before, where the plan removes or moves them. */
  readonly removes: readonly SetTarget[];
  /** Each vNIC once. */
  readonly targets: readonly SetTarget[];
  /** Between the two runs, or between accepted and waited for. */
  readonly gapMs: number;
  /** A crash some time after a part of it began, beside those of the scenario that name its process. */
  readonly kill: (TakeOver & { readonly part: SetPart; readonly afterMs: number }) | undefined;
}
export type SetPart = 'first run' | 'gap' | 'second run';

/** How a new process takes over from one that crashed: when, and whether to undo what that one did, or to repeat it. */
export interface TakeOver {
  readonly retryAfterMs: number;
  readonly undo: boolean;
}

export type SetTarget = Pick<Operation, 'nicId' | 'instanceId' | 'timeoutMs'>;

/** What somebody else does, or the platform by itself. */
export type Act =
  | { readonly kind: 'attach' | 'take'; readonly nicId: string; readonly instanceId: string }
  | { readonly kind: 'detach' | 'free' | 'vanish' | 'recreate'; readonly nicId: string }
  | { readonly kind: 'nic-status'; readonly nicId: string; readonly status: string }
  | { readonly kind: 'instance-status'; readonly instanceId: string; readonly status: string }
  | { readonly kind: 'reboot'; readonly instanceId: string; readonly forMs: number }
  | { readonly kind: 'release'; readonly instanceId: string };

/** An act at a time, or right after the API served that many requests of ours: between read and request. */
export interface HostileAct {
  readonly when: { readonly at: number } | { readonly afterRequest: number };
  readonly act: Act;
}

/** Everything that happens in one run. */
export interface Scenario {
  readonly world: WorldInput;
  readonly operations: readonly Operation[];
  readonly sets: readonly AttachmentSet[];
  readonly hostile: readonly HostileAct[];
  readonly faults: readonly { readonly at: number; readonly forMs: number; readonly rule: FaultRuleInput }[];
  /** A process ends without cleaning up. A new one repeats what it left unfinished, or undoes it. */
  readonly crashes: readonly (TakeOver & { readonly at: number; readonly process: number })[];
  /** The wall clock of this machine jumps. */
  readonly jumps: readonly { readonly at: number; readonly byMs: number }[];
  /** Of latencies and the handler's jitter. */
  readonly seed: number;
}

const moment = fc.oneof(
  // Few moments, so that things happen at once.
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

const targets = (minLength: number) =>
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

const act: fc.Arbitrary<Act> = fc.oneof(
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

const hostile: fc.Arbitrary<HostileAct> = fc.record({
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
const late = fc.constantFrom(undefined, undefined, 500, 3_000, LATEST_ANSWER_MS);
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
    { weight: 2, arbitrary: fc.integer({ min: 0, max: LONGEST_LAG_MS }) },
    { weight: 3, arbitrary: range(LONGEST_LAG_MS) },
  ),
  rateLimitPerSecond: fc.oneof(
    { weight: 4, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.integer({ min: 2, max: 8 }) },
  ),
  seed: fc.nat(1_000_000),
});

/** Manners of the API that are not documented, or that users choose. */
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

export const scenarios: fc.Arbitrary<Scenario> = fc.record({
  world,
  operations: fc.array(operation, { minLength: 1, maxLength: 6 }),
  sets,
  hostile: fc.array(hostile, { maxLength: 8 }),
  faults: fc.array(fc.record({ at: moment, forMs: fc.constantFrom(2_000, 15_000, 40_000, 120_000), rule }), {
    maxLength: 4,
  }),
  crashes: fc.array(
    fc.record({
      at: moment,
      process: fc.constantFrom(...PROCESSES, ...SET_PROCESSES),
      retryAfterMs: moment,
      undo: fc.boolean(),
    }),
    { maxLength: 2 },
  ),
  jumps: fc.array(fc.record({ at: moment, byMs: fc.integer({ min: -86_400_000, max: 86_400_000 }) }), {
    maxLength: 2,
  }),
  seed: fc.nat(),
});

/** How old, at most, what a Describe shows can be, in milliseconds. */
export function longestLag({ world: { settings: chosen } }: Scenario): number {
  const lag = chosen?.describeLagMs ?? 0;
  return typeof lag === 'number' ? lag : Math.max(...lag);
}
