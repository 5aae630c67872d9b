import { OperationError } from '../../lib/handler';
import type { CreateResult, OperationErrorDetails, Target } from '../../lib/handler';
import type { DiagnosticError } from '../../lib/plugin';
import { nicConvergence } from '../../lib/provider/nic-convergence';
import type { NicConvergenceState } from '../../lib/provider/nic-convergence';
import { attachmentId } from '../../lib/zec/ids';
import { nic } from '../simulator/worlds';
import { FakeClock } from '../support/fake-clock';
import { contextWith } from './fake-context';
import { ProviderRig } from './rig';

const config = (nics: readonly string[], more: Partial<NicConvergenceState> = {}): NicConvergenceState => ({
  id: '',
  attachments: Object.fromEntries(nics.map((nic) => [`a-${nic}`, `${nic}:ins-${nic}`])),
  attached_at: null,
  timeout: null,
  ...more,
});

/** Creates or updates a convergence in which each vNIC is attached, unless `failures` has an error for it. */
async function converge(
  {
    nics,
    failures = {},
    timeout = null,
  }: {
    readonly nics: readonly string[];
    readonly failures?: Readonly<Record<string, Partial<OperationErrorDetails>>>;
    readonly timeout?: string | null;
  },
  method: 'create' | 'update' = 'create',
) {
  const created: [string, number][] = [];
  const create = (target: Target, options: { readonly timeoutMs: number }): Promise<CreateResult> => {
    const { nicId, instanceId } = target;
    created.push([attachmentId(nicId, instanceId), options.timeoutMs]);
    const failure = failures[nicId];
    return Promise.resolve(
      failure === undefined
        ? {
            ok: true,
            attachment: {
              ...target,
              id: attachmentId(nicId, instanceId),
              nic: undefined,
              instance: undefined,
            },
            adopted: true,
          }
        : { ok: false, error: failed(target, failure) },
    );
  };
  const fake = contextWith({
    attachments: { create },
    clock: new FakeClock(),
    tracker: { markApplying: () => undefined },
  });
  const wanted = config(nics, { timeout });
  const request = { planned: wanted, config: wanted, prior: config([]) };
  const work = Promise.resolve(nicConvergence[method](request, fake.context));
  const [result] = await Promise.allSettled([work]);
  return { result, created, lines: fake.lines, diagnostics: fake.diagnostics };
}

function failed(target: Target, details: Partial<OperationErrorDetails>): OperationError {
  return new OperationError({
    reason: 'refused',
    goal: 'attach',
    target,
    summary: 'the platform accepted the attach 3 times',
    advice: 'Check that the instance is healthy',
    leftBehind: 'nothing',
    observed: [],
    requestIds: ['T-1', 'T-2'],
    ...details,
  });
}

const reason = ({ result }: Awaited<ReturnType<typeof converge>>): DiagnosticError => {
  if (result.status !== 'rejected') throw new Error('it succeeded');
  return result.reason as DiagnosticError;
};

test.each(['create', 'update'] as const)(
  '%s attaches all concurrently with the configured timeout',
  async (method) => {
    const { result, created, lines } = await converge({ nics: ['nic-1', 'nic-2'], timeout: '90s' }, method);
    expect(created).toEqual([
      ['nic-1:ins-nic-1', 90_000],
      ['nic-2:ins-nic-2', 90_000],
    ]);
    expect(result).toEqual({
      status: 'fulfilled',
      value: { state: config(['nic-1', 'nic-2'], { id: 'convergence', timeout: '90s' }) },
    });
    expect(lines).toEqual(['2 of 2 attached']);
  },
);

test('the default timeout is ten minutes', async () => {
  const { created } = await converge({ nics: ['nic-1'] });
  expect(created).toEqual([['nic-1:ins-nic-1', 600_000]]);
});

test('each failed attachment has its own diagnostic, and the others continue', async () => {
  const outcome = await converge({
    nics: ['nic-1', 'nic-2', 'nic-3'],
    failures: { 'nic-1': {}, 'nic-3': { summary: 'instance ins-nic-3 is STOPPED' } },
  });
  expect(outcome.created).toHaveLength(3);
  const first = reason(outcome);
  expect(first.message).toBe(
    'vNIC nic-1 was not attached to instance ins-nic-1: the platform accepted the attach 3 times',
  );
  expect(first.detail).toMatch(
    /What to do: Check that the instance is healthy[^]*T-1, T-2[^]*Attachment "a-nic-1" remains in state/,
  );
  expect(first.path).toEqual(['attachments', { key: 'a-nic-1' }]);
  expect(outcome.diagnostics).toEqual([
    expect.objectContaining({
      severity: 'error',
      summary: 'vNIC nic-3 was not attached to instance ins-nic-3: instance ins-nic-3 is STOPPED',
      path: ['attachments', { key: 'a-nic-3' }],
    }),
  ]);
  expect(outcome.lines).toEqual(['1 of 3 attached, 2 failed']);
});

test('forty failed attachments have forty diagnostics', async () => {
  const nics = Array.from({ length: 40 }, (_, index) => `nic-${index}`);
  const outcome = await converge({ nics, failures: Object.fromEntries(nics.map((nic) => [nic, {}])) });
  expect(reason(outcome).message).toContain('nic-0 ');
  expect(outcome.diagnostics).toHaveLength(39);
});

test('interrupted attachments share one diagnostic, after the failed ones', async () => {
  const interrupted = { reason: 'interrupted' } as const;
  const outcome = await converge({
    nics: ['nic-1', 'nic-2', 'nic-3'],
    failures: { 'nic-1': interrupted, 'nic-2': {}, 'nic-3': interrupted },
  });
  expect(reason(outcome).message).toContain('vNIC nic-2 was not attached');
  expect(outcome.diagnostics).toEqual([
    expect.objectContaining({
      summary: 'Interrupted before 2 of 3 vNICs were attached',
      detail: expect.stringContaining('nic-1, nic-3') as unknown,
    }),
  ]);
});

test('a vNIC on which another operation is still running fails alone', async () => {
  const rig = new ProviderRig({
    nics: [nic('nic-1'), nic('nic-2')],
    settings: { attachMs: [8_000, 8_000] },
  });
  const process = rig.process();
  const context = { ...contextWith({}).context, client: process.client };
  rig.cloud.patch({ instances: { 'ins-1': { status: 'BOOTING' } } });
  void rig.after(60_000, async () => {
    rig.cloud.patch({ instances: { 'ins-1': { status: 'RUNNING' } } });
    return Promise.resolve();
  });
  const created = process.create(['nic-1', 'ins-1']);
  const wanted = {
    ...config([], { timeout: '20s' }),
    attachments: { a: 'nic-1:ins-1', b: 'nic-2:ins-2' },
  };
  const converged = rig.after(1_000, async () =>
    nicConvergence.create({ planned: wanted, config: wanted }, context),
  );
  await rig.run(
    expect(converged).rejects.toMatchObject({
      message: expect.stringContaining('another operation of this apply on the vNIC') as string,
      detail: expect.stringContaining('Attachment "a" remains in state') as string,
      path: ['attachments', { key: 'a' }],
    }),
  );
  expect([rig.nic('nic-1'), rig.nic('nic-2')]).toEqual(['AVAILABLE', 'USED ins-2']);
  await rig.run(created);
});

test('the progress names the vNICs that are not attached yet, and warns of a status that is not known', async () => {
  const rig = new ProviderRig({
    nics: [nic('nic-1'), nic('nic-2')],
    settings: { attachMs: [12_000, 12_000] },
  });
  const handle = rig.cloud.handle.bind(rig.cloud);
  rig.cloud.handle = (action, parameters) => {
    const response = handle(action, parameters);
    const isEarly = rig.clock.now() < 3_600_000 + 8_000;
    const json = JSON.stringify(response);
    return isEarly ? (JSON.parse(json.replaceAll('ATTACHING', 'NEW_STATUS')) as typeof response) : response;
  };
  const fake = contextWith({});
  const context = { ...fake.context, client: rig.process().client };
  const wanted = { ...config([]), attachments: { a: 'nic-1:ins-1', b: 'nic-2:ins-2' } };
  await rig.run(Promise.resolve(nicConvergence.create({ planned: wanted, config: wanted }, context)));
  const warning = (nicId: string) =>
    `vNIC ${nicId} has the status "NEW_STATUS", which this version does not recognize. A newer version may.`;
  const waiting = (what: string) =>
    `0 of 2 attached, waiting for nic-1 (waiting for vNIC nic-1 to ${what}), nic-2 (waiting for vNIC nic-2 to ${what})`;
  expect([...new Set(fake.lines)]).toEqual([
    warning('nic-1'),
    warning('nic-2'),
    waiting('leave the status "NEW_STATUS"'),
    waiting('become USED'),
    '2 of 2 attached',
  ]);
  const steps = fake.entries.filter(({ level }) => level === 'debug');
  expect(new Set(steps.map(({ nic_id, instance_id }) => [nic_id, instance_id].join()))).toEqual(
    new Set(['nic-1,ins-1', 'nic-2,ins-2']),
  );
  expect([rig.nic('nic-1'), rig.nic('nic-2')]).toEqual(['USED ins-1', 'USED ins-2']);
});

test.each([
  [null, 'Invalid vNIC ID: "".'],
  ['nic-1', 'Invalid instance ID: "".'],
])('an ID that was not known in the plan and is %j fails, and attaches nothing', async (id, message) => {
  const rig = new ProviderRig();
  const context = { ...contextWith({}).context, client: rig.process().client };
  const wanted = { ...config([]), attachments: { a: 'nic-1:ins-1', b: id } };
  const created = Promise.resolve().then(() =>
    nicConvergence.create({ planned: wanted, config: wanted }, context),
  );
  await rig.run(expect(created).rejects.toThrow(message));
  expect(rig.changes).toEqual([]);
});

test.each([
  [{ a: 'nic-1:ins-1', b: 'nic-2:ins-2' }, undefined],
  [{ a: 'nic-1:ins-1', b: null }, '"b"'],
  [{ a: 'nic-1', b: 'nic-2:ins-2' }, '"a"'],
  [{ ['x'.repeat(101)]: '' }, `"${'x'.repeat(100)}"`],
])('the attachments %j are validated', (attachments, invalid) => {
  const options = nicConvergence.schema.attributes.attachments?.options;
  expect(options?.validate?.(attachments as never)).toBe(
    invalid && `The value of ${invalid} is invalid: expected "nicId:instanceId".`,
  );
});

test('read returns the state unchanged, and delete does nothing', async () => {
  const { context } = contextWith({});
  const state = config(['nic-1'], { id: 'convergence' });
  expect(await nicConvergence.read(state, context)).toBe(state);
  await nicConvergence.delete(state, context);
});
