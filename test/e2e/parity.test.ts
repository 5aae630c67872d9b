import { DataResource, Token } from 'cdktf';
import type { TerraformStack } from 'cdktf';
import { Convergence, LocalExecRunner, NicAttachment, ProviderRunner } from '../../lib';
import { Chance } from '../chaos/chance';
import { describeWithTerraform } from '../support/terraform';
import { Deployment } from './deployment';
import type { InitialWorld } from './deployment';

const SCENARIOS = 10;
const NICS = ['nic-1', 'nic-2', 'nic-3', 'nic-4'];
const INSTANCES = ['ins-1', 'ins-2', 'ins-3'];
const WORLD: InitialWorld = {
  instances: INSTANCES.map((instanceId) => ({ instanceId })),
  nics: NICS.map((nicId) => ({ nicId })),
  settings: { attachMs: [20, 60], detachMs: [20, 60] },
};

interface Declared {
  readonly nicId: string;
  readonly instanceId: string;
  /** Whether the vNIC ID is an unresolved token, so that the construct's path is the key. */
  readonly byToken: boolean;
}
/** Attachments by construct ID. */
type Stack = ReadonlyMap<string, Declared>;
type Change = (chance: Chance, stack: Stack) => Stack;

const free = (stack: Stack) => {
  const taken = new Set([...stack.values()].map(({ nicId }) => nicId));
  return NICS.filter((nic) => !taken.has(nic));
};
const without = (stack: Stack, id: string): Map<string, Declared> =>
  new Map([...stack].filter(([each]) => each !== id));

const add: Change = (chance, stack) => {
  const [nicId] = chance.some(free(stack), 1);
  if (nicId === undefined) return stack;
  const declared = { nicId, instanceId: chance.one(INSTANCES), byToken: chance.happens(0.5) };
  return new Map([...stack, [`c${chance.between(0, 1_000_000)}`, declared]]);
};
/** Applies `change` to a random attachment of the stack, if there is one. */
const one =
  (change: (chance: Chance, id: string, declared: Declared, stack: Stack) => Stack): Change =>
  (chance, stack) => {
    const [picked] = chance.some([...stack], 1);
    return picked === undefined ? stack : change(chance, ...picked, stack);
  };
const CHANGES: Readonly<Record<string, Change>> = {
  add,
  remove: one((_, id, __, stack) => without(stack, id)),
  move: one((chance, id, declared, stack) => {
    const elsewhere = INSTANCES.filter((each) => each !== declared.instanceId);
    return new Map([...stack, [id, { ...declared, instanceId: chance.one(elsewhere) }]]);
  }),
  rename: one((_, id, declared, stack) => new Map([...without(stack, id), [`${id}x`, declared]])),
  swap: (chance, stack) => {
    const [a, b] = chance.some([...stack], 2);
    if (a === undefined || b === undefined) return stack;
    return new Map([
      ...stack,
      [a[0], { ...a[1], nicId: b[1].nicId }],
      [b[0], { ...b[1], nicId: a[1].nicId }],
    ]);
  },
};

/** One or two successive stacks, each up to three changes from the previous one, with the names of the changes. */
function scenario(seed: number, before: Stack): readonly (readonly [string, Stack])[] {
  const chance = new Chance(seed, 'parity');
  let stack = before;
  return Array.from({ length: chance.one([1, 1, 2]) }, () => {
    const names = chance.some(Object.keys(CHANGES), chance.between(1, 3));
    // An almost empty stack tests nothing.
    if (stack.size < 2) names.push('add');
    for (const name of names) stack = CHANGES[name]?.(chance, stack) ?? stack;
    return [names.join(' and '), stack] as const;
  });
}

const declare =
  (stack: Stack, runner: 'provider' | 'together' | 'local-exec') =>
  (scope: TerraformStack): void => {
    if (runner === 'provider') ProviderRunner.of(scope);
    else if (runner === 'together') new ProviderRunner(scope, 'zec', { convergence: Convergence.TOGETHER });
    else LocalExecRunner.of(scope);
    for (const [id, { nicId, instanceId, byToken }] of stack) {
      const known = () => new DataResource(scope, `source-${nicId}`, { input: Token.asAny(nicId) }).output;
      new NicAttachment(scope, id, { nicId: byToken ? known().toString() : nicId, instanceId });
    }
  };

const held = (d: Deployment) => Object.fromEntries(NICS.map((nic) => [nic, d.nic(nic)]));
const expected = (stack: Stack) => {
  const places = new Map([...stack.values()].map(({ nicId, instanceId }) => [nicId, `USED ${instanceId}`]));
  return Object.fromEntries(NICS.map((nic) => [nic, places.get(nic) ?? 'AVAILABLE free']));
};

describeWithTerraform('apps that differ only in the runner and convergence', () => {
  const deployments = new Map<'local-exec' | 'provider' | 'together', Deployment>();
  let stack: Stack = new Map();
  beforeAll(async () => {
    deployments.set('local-exec', await Deployment.fast(WORLD, { 'zec:carrier': 'terraform_data' }));
    deployments.set('provider', await Deployment.fast(WORLD, {}));
    deployments.set('together', await Deployment.fast(WORLD, {}));
  });
  afterAll(async () => {
    for (const each of deployments.values()) await each.close();
  });

  // Each scenario continues from the previous one.
  test.each(Array.from({ length: SCENARIOS }, (_, index) => index + 1))(
    'reach the same cloud state in scenario %s',
    async (seed) => {
      for (const [step, next] of scenario(seed, stack)) {
        stack = next;
        const all = [...deployments];
        for (const [runner, d] of all) d.synth(declare(stack, runner));
        await Promise.all(all.map(([, d]) => d.apply()));
        expect(all.map(([runner, d]) => [step, runner, held(d)])).toEqual(
          all.map(([runner]) => [step, runner, expected(stack)]),
        );
      }
    },
  );
});
