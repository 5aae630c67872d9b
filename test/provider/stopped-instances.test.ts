import { nicAttachment } from '../../lib/provider/nic-attachment';
import { stateOf, writePrivate } from '../../lib/provider/nic-attachment-state';
import type { PrivateState } from '../../lib/provider/nic-attachment-state';
import type { FaultRuleInput, WorldInput } from '../../lib/simulator';
import type { Clock } from '../../lib/zec/clock';
import { ZecNetworkError } from '../../lib/zec/errors';
import type { ZecApi } from '../../lib/zec/types';
import { instance, nic } from '../simulator/worlds';
import { contextWith } from './fake-context';
import { ProviderRig, range, targetOfPair } from './rig';
import type { ProviderProcess } from './rig';

type Mode = 'FAIL' | 'START' | 'LEAVE' | null;

interface DeleteOptions {
  readonly nicId?: string;
  readonly process?: ProviderProcess;
  readonly privateState?: PrivateState;
  readonly signal?: AbortSignal;
  readonly timeout?: string;
}

/** `ins-1` with the vNICs `nic-1` to `nic-3`. */
function rigWith(
  status = 'STOPPED',
  instanceMs = 3_000,
  wrap?: (api: ZecApi, clock: Clock) => ZecApi,
): ProviderRig {
  const world: WorldInput = {
    instances: [instance('ins-1', { status }), instance('ins-2')],
    nics: [1, 2, 3].map((index) => nic(`nic-${index}`, { instanceId: 'ins-1' })),
    settings: { attachMs: [1000, 1000], detachMs: [500, 500], instanceMs: [instanceMs, instanceMs] },
  };
  return new ProviderRig(world, wrap);
}

const stateIn = (nicId: string, mode: Mode, timeout = '10m') =>
  stateOf(targetOfPair([nicId, 'ins-1']), undefined, {
    when_stopped: mode,
    timeouts: { create: null, delete: timeout },
  });

/** Starts a delete. @returns its warnings, and its error if it fails */
async function destroy(rig: ProviderRig, mode: Mode, options: DeleteOptions = {}) {
  const { nicId = 'nic-1', process = rig.process(), privateState = {}, signal, timeout } = options;
  const fake = contextWith({}, signal);
  const context = { ...fake.context, client: process.client, privateState: writePrivate(privateState) };
  let error: { readonly message: string; readonly detail?: string } | undefined;
  try {
    await nicAttachment.delete(stateIn(nicId, mode, timeout), context);
  } catch (failure) {
    error = failure as Error;
  }
  const warnings = fake.diagnostics.map(({ summary, detail }) => `${summary}. ${detail ?? ''}`);
  return { warnings, error };
}

const statusOf = (rig: ProviderRig) =>
  rig.cloud.world().instances.find(({ instanceId }) => instanceId === 'ins-1')?.status;
const fault = (rig: ProviderRig, ...rules: FaultRuleInput[]) => {
  rig.cloud.faults.set(rules);
};
const patch = (rig: ProviderRig, status: string) => () => {
  rig.cloud.patch({ instances: { 'ins-1': { status } } });
  return Promise.resolve();
};

/** The API names `ins-1` as failed in its response to `refused`, and its status remains `status`. */
function refuse(rig: ProviderRig, refused: string, status: string): void {
  const handle = rig.cloud.handle.bind(rig.cloud);
  rig.cloud.handle = (action, parameters) => {
    const response = handle(action, parameters);
    if (action !== refused || response.kind !== 'response' || !('response' in response.body)) return response;
    rig.cloud.patch({ instances: { 'ins-1': { status } } });
    return {
      ...response,
      body: { ...response.body, response: { ...response.body.response, instanceIds: ['ins-1'] } },
    };
  };
}

const WHOLE = ['Start ins-1', 'Detach nic-1', 'Stop ins-1'];

describe('a destroy of an attachment of a STOPPED instance', () => {
  test.each(['FAIL', null] as const)('with %s fails, and sends nothing', async (mode) => {
    const rig = rigWith();
    const { error, warnings } = await rig.run(destroy(rig, mode));
    expect(error?.message).toContain('instance ins-1 is STOPPED');
    expect([warnings, rig.changes, rig.nic('nic-1')]).toEqual([[], [], 'USED ins-1']);
  });

  test('with LEAVE sends nothing, and warns that the vNIC stays attached', async () => {
    const rig = rigWith();
    const { error, warnings } = await rig.run(destroy(rig, 'LEAVE'));
    expect([error, warnings]).toEqual([
      undefined,
      [
        expect.stringMatching(
          /^A vNIC stays attached, because its instance is STOPPED and when_stopped is LEAVE\. .* vNIC nic-1 /,
        ),
      ],
    ]);
    expect([rig.changes, rig.nic('nic-1')]).toEqual([[], 'USED ins-1']);
  });

  test('with LEAVE can be created again by the same apply', async () => {
    const rig = rigWith();
    const process = rig.process();
    await rig.run(destroy(rig, 'LEAVE', { process }));
    await rig.run(process.create(['nic-1', 'ins-1']));
    expect(rig.changes).toEqual([]);
  });

  test('with START starts the instance, detaches, and stops it again', async () => {
    const rig = rigWith();
    expect(await rig.run(destroy(rig, 'START'))).toEqual({ warnings: [], error: undefined });
    expect([rig.changes, rig.nic('nic-1'), statusOf(rig)]).toEqual([WHOLE, 'AVAILABLE', 'STOPPED']);
  });

  test('with START first looks two seconds after the response to the stop', async () => {
    const rig = rigWith('STOPPED', 1_000);
    await rig.run(destroy(rig, 'START'));
    const sent = rig.cloud.requests().map(({ action, time }) => [action, Date.parse(time)] as const);
    const stoppedAt = sent.find(([action]) => action === 'StopInstances')?.[1] ?? 0;
    expect(sent.flatMap(([, at]) => (at > stoppedAt ? at - stoppedAt : []))).toEqual([2_020]);
  });

  test('with START waits for an instance that is STOPPING', async () => {
    const rig = rigWith('STOPPING');
    void rig.after(30_000, patch(rig, 'STOPPED'));
    expect((await rig.run(destroy(rig, 'START'))).error).toBeUndefined();
    expect([rig.changes, statusOf(rig)]).toEqual([WHOLE, 'STOPPED']);
  });

  test('that replaces it fails with LEAVE, and starts the instance with START', async () => {
    const replacement = { replacement: { target: 'nic-1:ins-2' } };
    const left = rigWith();
    const { error } = await left.run(destroy(left, 'LEAVE', { privateState: replacement }));
    expect([error?.message, left.changes]).toEqual([expect.stringContaining('ins-1 is STOPPED'), []]);
    const started = rigWith();
    await started.run(destroy(started, 'START', { privateState: replacement }));
    expect([started.changes, started.nic('nic-1'), statusOf(started)]).toEqual([
      WHOLE,
      'AVAILABLE',
      'STOPPED',
    ]);
  });

  test('that replaces it does not start the instance if the new one cannot take the vNIC', async () => {
    const rig = rigWith();
    rig.cloud.patch({ instances: { 'ins-2': { status: 'STOPPED' } } });
    const privateState = { replacement: { target: 'nic-1:ins-2' } };
    const { error } = await rig.run(destroy(rig, 'START', { privateState }));
    expect([error?.message, rig.changes]).toEqual([expect.stringContaining('ins-2 is STOPPED'), []]);
  });

  test('does not start it for a vNIC that it no longer holds', async () => {
    const rig = rigWith();
    rig.cloud.patch({ nics: { 'nic-1': { status: 'AVAILABLE', instanceId: null } } });
    await rig.run(destroy(rig, 'START'));
    expect(rig.changes).toEqual([]);
  });
});

test.each(['FAIL', 'START', 'LEAVE'] as const)(
  'a destroy with %s detaches from a RUNNING instance, and leaves it running',
  async (mode) => {
    const rig = rigWith('RUNNING');
    expect(await rig.run(destroy(rig, mode))).toEqual({ warnings: [], error: undefined });
    expect([rig.changes, statusOf(rig)]).toEqual([['Detach nic-1'], 'RUNNING']);
  },
);

describe('several attachments of a STOPPED instance', () => {
  test('are detached after one start and before one stop', async () => {
    const rig = rigWith();
    const process = rig.process();
    const all = ['nic-1', 'nic-2', 'nic-3'].map((nicId) => destroy(rig, 'START', { nicId, process }));
    expect((await rig.run(Promise.all(all))).map(({ error }) => error)).toEqual(
      range(3).map(() => undefined),
    );
    expect([rig.changes[0], rig.changes.slice(1, 4).sort(), rig.changes.slice(4)]).toEqual([
      'Start ins-1',
      ['Detach nic-1', 'Detach nic-2', 'Detach nic-3'],
      ['Stop ins-1'],
    ]);
    expect(statusOf(rig)).toBe('STOPPED');
  });

  test('one of which comes while it is being stopped starts it again', async () => {
    const rig = rigWith();
    const process = rig.process();
    const first = destroy(rig, 'START', { process });
    const second = first.then(() => undefined);
    const late = rig.after(6_000, () => destroy(rig, 'START', { nicId: 'nic-2', process }));
    const [{ error }] = await rig.run(Promise.all([late, second]));
    expect([error, rig.changes]).toEqual([
      undefined,
      [...WHOLE, 'Start ins-1', 'Detach nic-2', 'Stop ins-1'],
    ]);
    expect(statusOf(rig)).toBe('STOPPED');
  });

  test('one of which comes while it is being stopped sends nothing until it is STOPPED', async () => {
    const rig = rigWith();
    // Reads show it RUNNING for a while, but the API would refuse the detach.
    rig.cloud.patch({ settings: { describeLagMs: 4_000 } });
    const process = rig.process();
    const first = destroy(rig, 'START', { process });
    const stopped = async (): Promise<ReturnType<typeof destroy>> => {
      if (rig.changes.includes('Stop ins-1')) return destroy(rig, 'START', { nicId: 'nic-2', process });
      return rig.after(50, stopped);
    };
    await rig.run(Promise.all([first, stopped()]));
    expect(rig.changes).toEqual([...WHOLE, 'Start ins-1', 'Detach nic-2', 'Stop ins-1']);
  });

  test('one with FAIL is detached if another has started the instance', async () => {
    const rig = rigWith();
    const process = rig.process();
    const first = destroy(rig, 'START', { process });
    const late = rig.after(2_500, () => destroy(rig, 'FAIL', { nicId: 'nic-2', process }));
    await rig.run(Promise.all([first, late]));
    expect([rig.nic('nic-1'), rig.nic('nic-2'), statusOf(rig)]).toEqual([
      'AVAILABLE',
      'AVAILABLE',
      'STOPPED',
    ]);
  });
});

describe('an instance that somebody else starts', () => {
  test('before the request is left running', async () => {
    const rig = rigWith();
    // Reads show it STOPPED for a while.
    rig.cloud.patch({ settings: { describeLagMs: 3_000 } });
    void rig.after(1, patch(rig, 'RUNNING'));
    const work = rig.after(1_000, () => destroy(rig, 'START'));
    expect(await rig.run(work)).toEqual({ warnings: [], error: undefined });
    expect([rig.changes, statusOf(rig)]).toEqual([['Start ins-1', 'Detach nic-1'], 'RUNNING']);
  });

  test('while our request is limited is left running', async () => {
    const rig = rigWith();
    fault(rig, {
      action: 'StartInstances',
      kind: 'status',
      status: 429,
      code: 'REQUEST_LIMIT_EXCEEDED',
      times: 1,
    });
    void rig.after(1_000, patch(rig, 'RUNNING'));
    await rig.run(destroy(rig, 'START'));
    expect([rig.changes.at(-1), statusOf(rig)]).toEqual(['Detach nic-1', 'RUNNING']);
  });
});

describe('a start', () => {
  test.each([
    ['OPERATION_DENIED_INSTANCE_STATUS_NOT_SUPPORT', 403, 3, 'Start it in the Zenlayer console.'],
    ['INVALID_INSTANCE_NOT_FOUND', 404, 1, 'Check the instance ID'],
    ['OPERATION_FAILED_FOR_RECYCLE_RESOURCE', 400, 1, 'It is in the recycle bin: recover it'],
    ['AUTHFAILURE_UNAUTHORIZED_OPERATION', 403, 1, 'Grant the user of the credentials the permission'],
    ['AN_UNKNOWN_CODE', 400, 1, 'Start it in the Zenlayer console.'],
  ])(
    'that fails with %s (%d) is sent %d times, and the error names it',
    async (code, status, times, advice) => {
      const rig = rigWith();
      fault(rig, { action: 'StartInstances', kind: 'status', status, code });
      const { error, warnings } = await rig.run(destroy(rig, 'START'));
      expect(error?.message).toMatch(
        new RegExp(
          `^vNIC nic-1 was not detached from instance ins-1, .*StartInstances failed: ${code}.*requestId T`,
        ),
      );
      expect(error?.detail).toMatch(
        new RegExp(`^${advice}.* The attachment remains in state; run destroy again to resume\\.$`),
      );
      expect([warnings, rig.changes]).toEqual([[], range(times).map(() => `Start ins-1 ${code}`)]);
      expect([rig.nic('nic-1'), statusOf(rig)]).toEqual(['USED ins-1', 'STOPPED']);
    },
  );

  test.each([
    ['REQUEST_LIMIT_EXCEEDED', 429],
    ['SERVICE_TEMPORARY_UNAVAILABLE', 503],
    ['INTERNAL_SERVER_ERROR', 500],
    ['REQUEST_TIMED_OUT', 504],
  ])('that fails with %s is sent again', async (code, status) => {
    const rig = rigWith();
    fault(rig, { action: 'StartInstances', kind: 'status', status, code, times: 2 });
    expect(await rig.run(destroy(rig, 'START'))).toEqual({ warnings: [], error: undefined });
    expect([rig.changes.slice(2), statusOf(rig)]).toEqual([WHOLE, 'STOPPED']);
  });

  test('that names the instance as failed three times fails', async () => {
    const rig = rigWith();
    refuse(rig, 'StartInstances', 'STOPPED');
    const { error } = await rig.run(destroy(rig, 'START'));
    expect([error?.message, rig.changes.length, statusOf(rig)]).toEqual([
      expect.stringContaining('the platform refused StartInstances (requestId T'),
      3,
      'STOPPED',
    ]);
  });

  test('that the platform does not carry out three times fails', async () => {
    const rig = rigWith();
    fault(rig, { action: 'StartInstances', kind: 'fail-async', afterMs: 500 });
    const { error, warnings } = await rig.run(destroy(rig, 'START'));
    expect(error?.message).toContain('the platform accepted, and did not carry out, StartInstances');
    expect([rig.changes.filter((each) => each.startsWith('Start')).length, statusOf(rig)]).toEqual([
      3,
      'STOPPED',
    ]);
    expect(warnings).toEqual([]);
  });

  test('that the platform does not carry out once is sent again', async () => {
    const rig = rigWith();
    fault(rig, { action: 'StartInstances', kind: 'fail-async', afterMs: 500, times: 1 });
    expect(await rig.run(destroy(rig, 'START'))).toEqual({ warnings: [], error: undefined });
    expect([rig.changes.slice(1), statusOf(rig)]).toEqual([WHOLE, 'STOPPED']);
  });

  test('whose response is lost leaves the instance running, with a warning', async () => {
    const rig = rigWith();
    fault(rig, { action: 'StartInstances', kind: 'drop-after-apply', times: 1 });
    const { error, warnings } = await rig.run(destroy(rig, 'START'));
    expect([error, rig.changes, statusOf(rig)]).toEqual([undefined, WHOLE.slice(0, 2), 'RUNNING']);
    expect(warnings).toEqual([
      expect.stringMatching(
        /^Instance ins-1 may have been left running\. .*nic-1.* not certain that this request started it, so it was not stopped: StartInstances: no response\. Check it/,
      ),
    ]);
  });

  test('whose request is lost is sent again, and the instance is stopped', async () => {
    const rig = rigWith();
    fault(rig, { action: 'StartInstances', kind: 'reset', times: 1 });
    expect(await rig.run(destroy(rig, 'START'))).toEqual({ warnings: [], error: undefined });
    expect(rig.changes.slice(-3)).toEqual(WHOLE);
    expect(statusOf(rig)).toBe('STOPPED');
  });

  test('that takes longer than the timeout fails, and the instance is stopped', async () => {
    const rig = rigWith('STOPPED', 60_000);
    const { error, warnings } = await rig.run(destroy(rig, 'START', { timeout: '20s' }));
    expect(error?.message).toContain('not converged within 20 s; ');
    expect([warnings, rig.nic('nic-1'), statusOf(rig)]).toEqual([[], 'USED ins-1', 'STOPPED']);
  });

  test('of an instance that is STOPPED only at the timeout is not requested', async () => {
    const rig = rigWith('STOPPING');
    void rig.after(19_990, patch(rig, 'STOPPED'));
    const { error } = await rig.run(destroy(rig, 'START', { timeout: '20s' }));
    expect([error?.message, rig.changes]).toEqual([
      'vNIC nic-1 was not detached from instance ins-1, which is STOPPED and could not be started: no start was requested',
      [],
    ]);
  });

  test.each([
    ['one second is sent', 1_000, WHOLE, 'STOPPED'],
    ['30 seconds is not sent: somebody else may start it meanwhile', 30_000, ['Detach nic-1'], 'RUNNING'],
  ])('that the rate limiter holds back for %s', async (_, heldMs, changes, status) => {
    let delays = [heldMs];
    const rig = rigWith('STOPPED', 3_000, (api, clock) => ({
      ...api,
      startInstances: async (request, options) => {
        const [delayMs = 0, ...others] = delays;
        delays = others;
        const { sendBefore = Infinity } = options ?? {};
        await clock.sleep(Math.min(delayMs, sendBefore - clock.now()));
        if (clock.now() < sendBefore) return api.startInstances(request, options);
        throw new ZecNetworkError('not sent', { action: 'StartInstances', outcome: 'not-applied' });
      },
    }));
    if (status === 'RUNNING') void rig.after(1_000, patch(rig, status));
    expect(await rig.run(destroy(rig, 'START'))).toEqual({ warnings: [], error: undefined });
    expect([rig.changes, statusOf(rig)]).toEqual([changes, status]);
  });

  test('that is never possible within the timeout fails', async () => {
    const rig = rigWith();
    fault(rig, {
      action: 'StartInstances',
      kind: 'status',
      status: 429,
      code: 'REQUEST_LIMIT_EXCEEDED',
      retryAfter: 7,
    });
    const startedAt = rig.clock.now();
    const { error } = await rig.run(destroy(rig, 'START', { timeout: '30s' }));
    expect([error?.message, rig.changes.length, rig.clock.now() - startedAt]).toEqual([
      expect.stringContaining('REQUEST_LIMIT_EXCEEDED'),
      5,
      30_000,
    ]);
  });
});

describe('a detach from an instance that was started', () => {
  test('is repeated while the guest agent does not respond yet', async () => {
    const rig = rigWith();
    const code = 'INVALID_INSTANCE_PRECHECK_ABNORMAL';
    fault(rig, { action: 'DetachNetworkInterface', kind: 'status', status: 400, code, times: 7 });
    expect(await rig.run(destroy(rig, 'START'))).toEqual({ warnings: [], error: undefined });
    expect([rig.changes.length, rig.changes.at(-1), statusOf(rig)]).toEqual([10, 'Stop ins-1', 'STOPPED']);
  });

  test('is repeated also if the response to the start was lost', async () => {
    const rig = rigWith();
    const code = 'INVALID_INSTANCE_PRECHECK_ABNORMAL';
    fault(
      rig,
      { action: 'StartInstances', kind: 'drop-after-apply', times: 1 },
      { action: 'DetachNetworkInterface', kind: 'status', status: 400, code, times: 7 },
    );
    expect((await rig.run(destroy(rig, 'START'))).error).toBeUndefined();
    expect([rig.changes.length, rig.changes.at(-1)]).toEqual([9, 'Detach nic-1']);
  });

  test('that fails until the timeout does not say that the instance is STOPPED, which is running', async () => {
    const code = 'INVALID_INSTANCE_PRECHECK_ABNORMAL';
    // The last failure is at any time before the timeout.
    for (const seconds of range(20)) {
      const rig = rigWith();
      fault(rig, { action: 'DetachNetworkInterface', kind: 'status', status: 400, code });
      const { error } = await rig.run(destroy(rig, 'START', { timeout: `${20 + seconds}s` }));
      expect(error?.message).toMatch(/^vNIC nic-1 was not confirmed detached from instance ins-1: /);
    }
  });

  test.each([
    ['INVALID_NIC_LB_ASSOCIATED', 409],
    ['INVALID_INSTANCE_PRECHECK_ABNORMAL', 400],
    ['AUTHFAILURE_UNAUTHORIZED_OPERATION', 403],
  ])('that fails with %s stops the instance again', async (code, status) => {
    const rig = rigWith();
    fault(rig, { action: 'DetachNetworkInterface', kind: 'status', status, code });
    const { error, warnings } = await rig.run(destroy(rig, 'START'));
    expect([error?.message, warnings]).toEqual([expect.stringContaining(code), []]);
    expect([rig.changes[0], rig.changes.at(-1), statusOf(rig)]).toEqual([
      'Start ins-1',
      'Stop ins-1',
      'STOPPED',
    ]);
  });

  test('that is interrupted stops the instance again', async () => {
    const rig = rigWith();
    rig.cloud.patch({ settings: { detachMs: [60_000, 60_000] } });
    const { error, warnings } = await rig.run(destroy(rig, 'START', { signal: rig.stopAfter(8_000) }));
    expect([error?.message, warnings]).toEqual([expect.stringContaining('interrupted'), []]);
    expect([rig.changes, statusOf(rig)]).toEqual([WHOLE, 'STOPPED']);
  });

  test('that is interrupted while the instance is starting stops it again', async () => {
    const rig = rigWith('STOPPED', 20_000);
    const { error, warnings } = await rig.run(destroy(rig, 'START', { signal: rig.stopAfter(3_000) }));
    expect([error?.message, warnings]).toEqual([expect.stringContaining('interrupted'), []]);
    expect([rig.changes.includes('Detach nic-1'), statusOf(rig)]).toEqual([false, 'STOPPED']);
  });

  test('whose interruption comes while the start is sent stops it again', async () => {
    const rig = rigWith();
    await rig.run(destroy(rig, 'START', { signal: rig.stopAfter(45) }));
    expect([rig.changes[0], statusOf(rig)]).toEqual(['Start ins-1', 'STOPPED']);
  });
});

describe('a stop', () => {
  test.each([
    ['AUTHFAILURE_UNAUTHORIZED_OPERATION', 403, 1, '\\. Grant the user .* console'],
    ['OPERATION_FAILED_FOR_RECYCLE_RESOURCE', 400, 1, '\\. It is in the recycle bin: .*'],
    ['AN_UNKNOWN_CODE', 400, 1, ''],
    ['SERVICE_TEMPORARY_UNAVAILABLE', 503, 18, '\\. The API is temporarily unavailable: try again later'],
    ['OPERATION_DENIED_INSTANCE_STATUS_NOT_SUPPORT', 403, 18, '\\. The instance must be RUNNING: .*'],
  ])(
    'that fails with %s (%d) is sent %d times, and a warning names the vNIC, the instance and the request',
    async (code, status, times, advice) => {
      const rig = rigWith();
      fault(rig, { action: 'StopInstances', kind: 'status', status, code });
      const { error, warnings } = await rig.run(destroy(rig, 'START'));
      expect([error, warnings]).toEqual([
        undefined,
        [
          expect.stringMatching(
            new RegExp(
              `^Instance ins-1 may have been left running\\. .*nic-1\\. StopInstances failed: ${code}.*requestId T[^)]*\\)${advice}\\. Check it`,
            ),
          ),
        ],
      ]);
      expect([rig.nic('nic-1'), statusOf(rig)]).toEqual(['AVAILABLE', 'RUNNING']);
      expect(rig.changes.filter((each) => each.startsWith('Stop'))).toHaveLength(times);
    },
  );

  test('that names the instance as failed is a warning', async () => {
    const rig = rigWith();
    refuse(rig, 'StopInstances', 'RUNNING');
    const { error, warnings } = await rig.run(destroy(rig, 'START'));
    expect([error, warnings]).toEqual([
      undefined,
      [expect.stringMatching(/\. The platform refused StopInstances \(requestId T[^ ]*\)\. Check it/)],
    ]);
  });

  test.each<[string, FaultRuleInput['action'], RegExp]>([
    ['gets no response', 'StopInstances', /\. The API did not respond to StopInstances\. Check it/],
    ['cannot be observed', 'DescribeInstances', /accepted StopInstances \(requestId T.*\), but the instance/],
  ])('that %s for two minutes is a warning', async (_, action, text) => {
    const rig = rigWith();
    rig.cloud.patch({ settings: { detachMs: [20_000, 20_000] } });
    // After the last read of the detach.
    const late = async (): Promise<void> => {
      if (rig.nic('nic-1') !== 'AVAILABLE') return rig.after(10, late);
      await rig.clock.sleep(3_000);
      fault(rig, { action, kind: 'status', status: 503, afterMs: 200_000 });
    };
    const work = destroy(rig, 'START');
    if (action === 'StopInstances') fault(rig, { action, kind: 'status', status: 503, afterMs: 200_000 });
    else void late();
    const startedAt = rig.clock.now();
    const { error, warnings } = await rig.run(work);
    expect([error, warnings]).toEqual([undefined, [expect.stringMatching(text)]]);
    expect(rig.clock.now() - startedAt).toBeLessThan(160_000);
  });

  test('without a response is not sent again while the instance is STOPPING', async () => {
    const rig = rigWith('STOPPED', 20_000);
    fault(rig, { action: 'StopInstances', kind: 'drop-after-apply', times: 1 });
    expect(await rig.run(destroy(rig, 'START'))).toEqual({ warnings: [], error: undefined });
    expect([rig.changes, statusOf(rig)]).toEqual([WHOLE, 'STOPPED']);
  });

  test.each<[string, FaultRuleInput]>([
    ['is lost', { action: 'StopInstances', kind: 'reset', times: 2 }],
    ['has its response lost', { action: 'StopInstances', kind: 'drop-after-apply', times: 1 }],
    ['is limited', { action: 'StopInstances', kind: 'status', status: 429, times: 2 }],
    ['is refused for a while', { action: 'StopInstances', kind: 'status', status: 503, times: 4 }],
    [
      'cannot be observed for a while',
      { action: 'DescribeInstances', kind: 'status', status: 503, times: 3 },
    ],
  ])('that %s ends with a STOPPED instance', async (_, rule) => {
    const rig = rigWith();
    fault(rig, rule);
    expect(await rig.run(destroy(rig, 'START'))).toEqual({ warnings: [], error: undefined });
    expect(statusOf(rig)).toBe('STOPPED');
  });

  test('that the platform does not carry out is a warning', async () => {
    const rig = rigWith();
    fault(rig, { action: 'StopInstances', kind: 'fail-async', afterMs: 500 });
    const { error, warnings } = await rig.run(destroy(rig, 'START'));
    expect([error, warnings]).toEqual([
      undefined,
      [expect.stringMatching(/accepted StopInstances \(requestId T.*\), but/)],
    ]);
    expect(rig.changes).toEqual(WHOLE);
  });

  test('that takes longer than two minutes is a warning', async () => {
    const rig = rigWith();
    void rig.after(6_000, () => {
      rig.cloud.patch({ settings: { instanceMs: [200_000, 200_000], detachMs: [5_000, 5_000] } });
      return Promise.resolve();
    });
    rig.cloud.patch({ settings: { detachMs: [5_000, 5_000] } });
    const { error, warnings } = await rig.run(destroy(rig, 'START'));
    expect([error, warnings, statusOf(rig)]).toEqual([
      undefined,
      [
        expect.stringMatching(
          /accepted StopInstances \(requestId T.*\), but the instance did not stop in time/,
        ),
      ],
      'STOPPING',
    ]);
  });

  test('of an instance that is already STOPPED or gone does nothing more', async () => {
    for (const status of ['STOPPED', null]) {
      const rig = rigWith();
      rig.cloud.patch({ settings: { detachMs: [30_000, 30_000] } });
      void rig.after(20_000, () => {
        rig.cloud.patch({ instances: { 'ins-1': status === null ? null : { status } } });
        return Promise.resolve();
      });
      expect(await rig.run(destroy(rig, 'START'))).toEqual({ warnings: [], error: undefined });
      expect(rig.changes.filter((each) => each.startsWith('Stop')).length).toBe(1);
    }
  });
});

describe('a plan of a destroy', () => {
  const plan = async (modes: readonly Mode[], action: 'destroy' | 'replace' = 'destroy') => {
    const rig = rigWith();
    const { client } = rig.process();
    const fake = contextWith({});
    for (const [index, mode] of modes.entries()) {
      const prior = stateIn(`nic-${index + 1}`, mode);
      const planned = action === 'destroy' ? null : { ...prior, instance_id: 'ins-2' };
      const context = { ...fake.context, client };
      await rig.run(
        Promise.resolve(nicAttachment.plan?.({ config: planned ?? {}, prior, planned, action }, context)),
      );
    }
    return fake.diagnostics.map(({ summary, detail = '' }) => `${summary}. ${detail}`);
  };

  test.each([
    ['FAIL', /^Instance ins-1 is STOPPED\. Apply will fail/],
    [
      'START',
      /^Instance ins-1 is STOPPED\. when_stopped is START: .* starts the instance, detaches the vNIC, and stops/,
    ],
    ['LEAVE', /^Instance ins-1 is STOPPED\. when_stopped is LEAVE: .* stays attached\. .* deletes the vNIC/],
  ] as const)('with %s says what apply does', async (mode, text) => {
    expect(await plan([mode, mode])).toEqual([expect.stringMatching(text)]);
  });

  test('with several settings says each once', async () => {
    expect(await plan(['START', 'LEAVE', 'START'])).toHaveLength(2);
  });

  test('that replaces it says that apply fails with LEAVE', async () => {
    expect(await plan(['LEAVE'], 'replace')).toEqual([expect.stringContaining('Apply will fail')]);
  });
});

test.each<keyof ZecApi & ('startInstances' | 'stopInstances')>(['startInstances', 'stopInstances'])(
  'a defect of the program in %s is an error, and the request is not repeated',
  async (method) => {
    let calls = 0;
    const rig = rigWith('STOPPED', 3_000, (api) => ({
      ...api,
      [method]: () => {
        calls += 1;
        return Promise.reject(new TypeError('defect'));
      },
    }));
    const { error } = await rig.run(destroy(rig, 'START'));
    expect([error?.message, calls]).toEqual(['defect', 1]);
  },
);

test('when_stopped changes in place, and other values are invalid', async () => {
  const rig = rigWith();
  const prior = stateIn('nic-1', null);
  const planned = stateIn('nic-1', 'START');
  const context = { ...contextWith({}).context, client: rig.process().client };
  expect((await nicAttachment.update({ prior, planned }, context)).state).toEqual(planned);
  const options = nicAttachment.schema.attributes.when_stopped?.options;
  expect(['FAIL', 'START', 'LEAVE', 'start'].map((value) => options?.validate?.(value as never))).toEqual([
    ...range(3).map(() => undefined),
    'It must be FAIL, START, LEAVE.',
  ]);
});
