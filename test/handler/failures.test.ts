import { ZecApiError, ZecNetworkError } from '../../lib/zec/errors';
import type { ZecApi } from '../../lib/zec/types';
import { instance, nic } from '../simulator/worlds';
import { Rig } from './rig';

const slow = {
  attachMs: [40_000, 40_000] as [number, number],
  detachMs: [40_000, 40_000] as [number, number],
};
const messages = (rig: Rig) => rig.progress.map(({ message }) => message);

/** A rig in which the reads of instances that `which` selects take `ms`. */
const slowReads = (ms: number, which: (read: number) => boolean) =>
  new Rig({}, (api, clock) => {
    let reads = 0;
    return {
      ...api,
      describeInstances: async (...args) => {
        const page = await api.describeInstances(...args);
        if (which((reads += 1))) await clock.sleep(ms);
        return page;
      },
    };
  });

/** The times of the reads, in milliseconds from the start. */
const reads = (rig: Rig) =>
  rig.cloud
    .requests()
    .filter(({ action }) => action === 'DescribeNetworkInterfaces')
    .map(({ time }) => Date.parse(time) - Date.UTC(2026, 0, 1));

describe('reads that fail', () => {
  test('a local fault fails the operation with the first read, with advice', async () => {
    let requests = 0;
    const details = {
      action: 'DescribeNetworkInterfaces',
      outcome: 'not-applied',
      kind: 'terminal',
    } as const;
    const fault = new ZecNetworkError('no connection to x (EACCES)', {
      ...details,
      advice: 'Open the firewall.',
    });
    const refused = () => {
      requests += 1;
      return Promise.reject(fault);
    };
    const rig = new Rig({}, (api) => ({ ...api, describeNetworkInterfaces: refused }));
    const error = await rig.createFails();
    expect(error.details).toMatchObject({ reason: 'api', cause: fault, advice: 'Open the firewall.' });
    expect([requests, messages(rig)]).toEqual([1, []]);
  });

  test('a read that takes longer than a minute is aborted and retried', async () => {
    const rig = slowReads(200_000, (read) => read === 1);
    expect(await rig.create()).toMatchObject({ ok: true });
    expect(messages(rig)).toContain('retrying after: no response within 60 s');
    expect(rig.clock.now()).toBeLessThan(70_000);
  });

  test('if no read succeeds, the timeout says that the API did not respond', async () => {
    const rig = slowReads(200_000, () => true);
    const error = await rig.createFails(rig.target(), 70_000);
    expect(error.headline).toBe(
      'vNIC nic-1 was not attached to instance ins-1: not converged within 70 s; the API did not respond.',
    );
    expect(error.explanation).toContain(
      'What to do: Check ZENLAYERCLOUD_DOMAIN and the network of this machine.',
    );
    expect(error.details).toMatchObject({ reason: 'timeout', leftBehind: 'nothing' });
    expect(error.details.observed).toEqual([
      '1 × failed read (no response within 60 s)',
      '1 × failed read (no response before the timeout)',
    ]);
    // Nothing is retried after the timeout.
    expect(messages(rig)).toEqual(['retrying after: no response within 60 s']);
  });

  test('a timeout between two tries of the client shows why the last one failed', async () => {
    const details = { action: 'DescribeInstances', outcome: 'not-applied', kind: 'transient' } as const;
    const lastFailure = new ZecNetworkError('no connection', details);
    const rig = new Rig({}, (api, clock) => ({
      ...api,
      lastFailure,
      describeNetworkInterfaces: () => clock.sleep(60_000).then(() => Promise.reject(lastFailure)),
    }));
    const error = await rig.createFails(rig.target(), 2_500);
    expect(error.headline).toContain(': not converged within 2.5 s; no connection.');
    expect([error.reason, rig.clock.now(), error.details.cause]).toEqual(['timeout', 2_500, lastFailure]);
  });

  test('a read that waits for the rate limiter does not carry an operation past its timeout', async () => {
    const rig = slowReads(50_000, () => true);
    const error = await rig.createFails(rig.target(), 40_000);
    expect(error.reason).toBe('timeout');
    // The last read, which begins at the deadline, gets five seconds.
    expect(rig.clock.now()).toBeLessThanOrEqual(45_100);
  });

  test('a permanent error fails the operation immediately, with the API’s message and one final period', async () => {
    const rig = new Rig();
    const message = 'The key is v1.0 only.';
    rig.cloud.faults.set([{ kind: 'status', status: 401, code: 'AUTHFAILURE_SIGNATURE_FAILURE', message }]);
    const error = await rig.createFails();
    expect(error.details).toMatchObject({
      reason: 'api',
      leftBehind: 'nothing',
      cause: { kind: 'terminal' },
    });
    expect(error.headline).toMatch(
      /AUTHFAILURE_SIGNATURE_FAILURE: The key is v1\.0 only\. \(HTTP 401, requestId T\S+\)\.$/,
    );
    expect(error.explanation).toContain('access key ID and password');
    expect(rig.clock.now()).toBeLessThan(1_000);
  });

  test('an unknown error code has the general advice', async () => {
    const rig = new Rig();
    rig.cloud.faults.set([
      { kind: 'status', status: 400, code: 'SOMETHING_NEW', action: 'AttachNetworkInterface' },
    ]);
    const error = await rig.createFails();
    expect(error.details.advice).toBe('See the API error, or contact Zenlayer support with the request ID.');
    expect(error.details.cause?.code).toBe('SOMETHING_NEW');
  });

  test('a network error advises to check the host and the network', async () => {
    const rig = new Rig();
    rig.cloud.faults.set([{ kind: 'reset' }]);
    const error = await rig.createFails();
    expect(error.details.advice).toBe('Check ZENLAYERCLOUD_DOMAIN and the network of this machine.');
    expect(error.headline).toMatch(/no response\.$/);
  });

  test('an API that never responds fails the operation after exactly half a minute', async () => {
    const silent = (ms: number) =>
      new Rig({}, (api, clock) => ({
        ...api,
        describeNetworkInterfaces: async () => {
          await clock.sleep(ms);
          throw new ZecNetworkError('no response', {
            action: 'DescribeNetworkInterfaces',
            outcome: 'unknown',
          });
        },
      }));
    const [enough, short] = [silent(29_990), silent(29_989)];
    await enough.createFails();
    expect(enough.clock.now()).toBe(30_000);
    await short.createFails();
    expect(short.clock.now()).toBeGreaterThan(30_000);
  });

  test('a pause that the API asks for does not outlast the timeout', async () => {
    const rig = new Rig({}, (api) => ({
      ...api,
      describeNetworkInterfaces: () =>
        Promise.reject(
          new ZecApiError({
            action: 'DescribeNetworkInterfaces',
            code: 'REQUEST_LIMIT_EXCEEDED',
            message: 'Later.',
            httpStatus: 429,
            retryAfterMs: 60_000,
          }),
        ),
    }));
    await rig.clock.run(rig.clock.sleep(100_000));
    await rig.createFails(rig.target(), 10_000);
    expect(rig.clock.now() - 100_000).toBeGreaterThanOrEqual(10_000);
    expect(rig.clock.now() - 100_000).toBeLessThan(15_000);
  });

  /** A rig whose reads fail after a delay. */
  const withoutConnection = (hostUnreachable: boolean, ms = 0) =>
    new Rig({}, (api, clock) => ({
      ...api,
      describeNetworkInterfaces: async (_, options) => {
        await clock.sleep(ms, options?.signal);
        const details = { action: 'DescribeNetworkInterfaces', outcome: 'not-applied' } as const;
        throw new ZecNetworkError('no connection', { ...details, hostUnreachable });
      },
    }));

  test('a host that does not exist or refuses connections fails after a few seconds, and the error says why', async () => {
    const rig = withoutConnection(true);
    const error = await rig.createFails();
    expect(error.headline).toMatch(/: gave up after \d+ s without a response: no connection\.$/);
    expect(error.reason).toBe('api');
    expect(rig.clock.now()).toBeGreaterThanOrEqual(5_000);
    expect(rig.clock.now()).toBeLessThan(12_000);
  });

  test.each([
    [true, 0, 5_000],
    [false, 1_500, 5_000],
    [false, 10_000, 5_000],
    [false, 1_500, 20_000],
  ])('an API without a connection (refused: %s) for %s ms ends at the timeout of %s', async (...row) => {
    const [refused, ms, timeoutMs] = row;
    const rig = withoutConnection(refused, ms);
    const error = await rig.createFails(rig.target(), timeoutMs);
    expect([error.reason, rig.clock.now()]).toEqual(['timeout', timeoutMs]);
    const what = ms < timeoutMs ? 'no connection' : 'the API did not respond';
    expect(error.headline).toContain(`: not converged within ${timeoutMs / 1000} s; ${what}.`);
    expect(error.details.cause?.message).toBe(ms < timeoutMs ? what : undefined);
  });

  test('a host that responded before and then refuses connections is retried until the timeout', async () => {
    let refuses = false;
    const rig = new Rig(
      { instances: [instance('ins-1', { status: 'BOOTING' })], nics: [nic('nic-1')] },
      (api) => ({
        ...api,
        describeNetworkInterfaces: (...args) => {
          const details = { action: 'DescribeNetworkInterfaces', outcome: 'not-applied' } as const;
          if (!refuses) return api.describeNetworkInterfaces(...args);
          return Promise.reject(new ZecNetworkError('no connection', { ...details, hostUnreachable: true }));
        },
      }),
    );
    void rig.clock.sleep(1_000).then(() => (refuses = true));
    expect((await rig.createFails(rig.target(), 60_000)).reason).toBe('timeout');
    expect(rig.clock.now()).toBeGreaterThanOrEqual(60_000);
  });

  test('the half minute counts from the start of the operation, not of the process', async () => {
    const rig = new Rig();
    await rig.clock.run(rig.clock.sleep(60_000));
    rig.cloud.faults.set([{ kind: 'reset', times: 4 }]);
    expect(await rig.create()).toMatchObject({ ok: true });
  });

  test('an API that responded before and then fails is retried until the deadline', async () => {
    const rig = new Rig({ settings: slow });
    void rig.clock.sleep(1_000).then(() => rig.cloud.faults.set([{ kind: 'reset' }]));
    void rig.clock.sleep(90_000).then(() => rig.cloud.faults.set([]));
    expect(await rig.create()).toMatchObject({ ok: true });
    expect(rig.clock.now()).toBeGreaterThan(90_000);
    expect(rig.changes).toEqual(['Attach']);
  });

  test('an API that keeps returning an error is retried until the deadline; the timeout shows that error', async () => {
    const rig = new Rig();
    rig.cloud.faults.set([{ kind: 'status', status: 503, message: 'Later.' }]);
    const error = await rig.createFails(rig.target(), 50_000);
    expect(error.details).toMatchObject({
      reason: 'timeout',
      cause: { code: 'SERVICE_TEMPORARY_UNAVAILABLE' },
    });
    expect(error.headline).toMatch(/: not converged within 50 s; .*SERVICE_TEMPORARY_UNAVAILABLE/);
    expect(rig.clock.now()).toBe(50_000);
  });

  test('failures after a successful read do not discard that read', async () => {
    const rig = new Rig({ settings: slow });
    void rig.clock.sleep(5_000).then(() => rig.cloud.faults.set([{ kind: 'status', status: 503 }]));
    const error = await rig.createFails(rig.target(), 20_000);
    expect(error.reason).toBe('timeout');
    expect(error.message).toMatch(/not converged within 20 s; last read: vNIC ATTACHING/);
  });

  test('are retried with backoff, up to every five seconds', async () => {
    const rig = new Rig();
    rig.cloud.faults.set([{ kind: 'status', status: 503 }]);
    await rig.createFails(rig.target(), 30_000);
    const times = reads(rig);
    const gaps = times.slice(1, 6).map((time, index) => Math.round((time - (times[index] ?? 0)) / 100) / 10);
    expect(gaps).toEqual([0.5, 2, 4.5, 5, 5]);
  });

  test('a successful read ends the backoff', async () => {
    const rig = new Rig({ settings: slow });
    rig.cloud.faults.set([{ kind: 'status', status: 503, times: 6 }]);
    expect(await rig.create()).toMatchObject({ ok: true });
    const times = reads(rig);
    const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    expect(Math.max(...gaps.slice(4))).toBeLessThan(2_500);
  });
});

describe('a request that fails', () => {
  test('with a Retry-After is sent again only after that time', async () => {
    const rig = new Rig();
    rig.cloud.faults.set([
      { kind: 'status', status: 429, retryAfter: 30, action: 'AttachNetworkInterface', times: 1 },
    ]);
    expect(await rig.create()).toMatchObject({ ok: true });
    expect(rig.clock.now()).toBeGreaterThan(30_000);
    expect(rig.clock.now()).toBeLessThan(34_000);
    expect(
      messages(rig).filter((text) =>
        /^(?:reading again|retrying) after: .*REQUEST_LIMIT_EXCEEDED/.test(text),
      ),
    ).toHaveLength(2);
  });

  test('with a conflict is followed by a read without backoff', async () => {
    const rig = new Rig();
    rig.cloud.faults.set([
      { kind: 'status', status: 400, code: 'INVALID_NIC_STATUS', action: 'AttachNetworkInterface', times: 1 },
    ]);
    expect(await rig.create()).toMatchObject({ ok: true });
    expect(messages(rig).some((text) => /^reading again after: .*INVALID_NIC_STATUS/.test(text))).toBe(true);
    expect(messages(rig).some((text) => text.startsWith('retrying'))).toBe(false);
  });

  test('has the operation’s signal, and its deadline as sendBefore', async () => {
    const seen: unknown[] = [];
    const rig = new Rig({}, (api) => ({
      ...api,
      attachNetworkInterface: (request, options) => {
        seen.push(options);
        return api.attachNetworkInterface(request, options);
      },
    }));
    await rig.clock.run(rig.clock.sleep(5_000));
    const { signal } = new AbortController();
    await rig.create(rig.target(), 60_000, signal);
    expect(seen).toEqual([{ signal, sendBefore: 65_000, onSend: expect.any(Function) as unknown }]);
  });

  test('a detach is sent within two seconds of the read that it is based on, and before the deadline', async () => {
    const seen: (number | undefined)[] = [];
    const rig = new Rig({}, (api) => ({
      ...api,
      detachNetworkInterface: (request, options) => {
        seen.push(options?.sendBefore);
        return api.detachNetworkInterface(request, options);
      },
    }));
    const target = rig.target('nic-2', 'ins-2');
    expect(await rig.delete(target)).toMatchObject({ ok: true });
    expect(seen).toEqual([2_030]);
    const late = rig.clock.now() + 1_000;
    rig.cloud.patch({ nics: { 'nic-1': { status: 'USED', instanceId: 'ins-1' } } });
    await rig.delete(rig.target('nic-1', 'ins-1'), 1_000);
    expect(seen[1]).toBe(late);
  });

  test('no request is sent at the deadline, as no read could confirm it', async () => {
    const rig = new Rig({ nics: [nic('nic-1', { status: 'PENDING' })] });
    rig.later(9_999, { nics: { 'nic-1': { status: 'AVAILABLE' } } });
    const error = await rig.createFails(rig.target(), 10_000);
    expect([error.reason, rig.changes]).toEqual(['timeout', []]);
  });
});

describe('a programming error', () => {
  const broken = () => Promise.reject(new TypeError('x is not a function'));
  test.each<[string, Partial<ZecApi>]>([
    ['in a read', { describeInstances: broken }],
    ['in a request', { attachNetworkInterface: broken }],
  ])('%s is thrown, and not reported as an error of the API', async (_, parts) => {
    const rig = new Rig({}, (api) => ({ ...api, ...parts }));
    await expect(rig.create()).rejects.toThrow('x is not a function');
  });
});

describe('an interruption', () => {
  const stopped = (signal = new AbortController()) => {
    signal.abort(new Error('stop'));
    return signal.signal;
  };

  test('before the first read says so, with advice', async () => {
    const rig = new Rig();
    const error = await rig.createFails(rig.target(), 60_000, stopped());
    expect(error.headline).toMatch(/: interrupted; nothing was read yet\.$/);
    expect(error.details.advice).toBe('Retry to finish, or destroy the attachment.');
  });

  test('of a detach advises to retry', async () => {
    const rig = new Rig();
    const error = await rig.deleteFails(rig.target('nic-2', 'ins-2'), 60_000, stopped());
    expect(error.details.advice).toBe('Retry to finish.');
  });

  test('during a read or a request takes effect immediately', async () => {
    for (const at of [15, 35, 665]) {
      const rig = new Rig();
      const controller = new AbortController();
      void rig.clock.sleep(at).then(() => controller.abort(new Error('stop')));
      const error = await rig.createFails(rig.target(), 60_000, controller.signal);
      expect([error.reason, rig.clock.now()]).toEqual(['interrupted', at]);
    }
  });

  test('while the request waits for a slot leaves nothing behind, as nothing was sent', async () => {
    const rig = new Rig({}, (api, clock) => ({
      ...api,
      attachNetworkInterface: async (request, options) => {
        await clock.sleep(10_000, options?.signal);
        return api.attachNetworkInterface(request, options);
      },
    }));
    const controller = new AbortController();
    void rig.clock.sleep(5_000).then(() => controller.abort(new Error('stop')));
    const error = await rig.createFails(rig.target(), 60_000, controller.signal);
    expect([error.details.leftBehind, rig.changes]).toEqual(['nothing', []]);
  });

  test.each([
    ['a read', 15, 'nothing'],
    ['a request', 45, 'possibly-attached'],
  ])(
    'during %s by an API error of another operation is not reported as this operation’s API error',
    async (_, at, left) => {
      const rig = new Rig();
      const controller = new AbortController();
      const elsewhere = new ZecApiError({
        action: 'AttachNetworkInterface',
        code: 'INVALID_NIC_NOT_FOUND',
        message: 'No.',
        httpStatus: 404,
      });
      void rig.clock.sleep(at).then(() => controller.abort(elsewhere));
      const error = await rig.createFails(rig.target(), 60_000, controller.signal);
      expect(error.details).toMatchObject({ reason: 'interrupted', leftBehind: left });
      expect(rig.clock.now()).toBe(at);
    },
  );
});

describe('progress', () => {
  test('counts from the operation’s own start, and names what is missing', async () => {
    const rig = new Rig({ nics: [nic('nic-1', { status: 'PENDING' })] });
    await rig.clock.run(rig.clock.sleep(50_000));
    await rig.createFails(rig.target('nic-1', 'ins-9'), 5_000);
    expect(rig.progress[0]).toMatchObject({
      goal: 'attach',
      target: { nicId: 'nic-1', instanceId: 'ins-9' },
      nicStatus: 'PENDING',
      instanceStatus: 'missing',
      message: 'waiting for vNIC nic-1 to become AVAILABLE',
    });
    expect(rig.progress[0]?.elapsedMs).toBeLessThan(1_000);
  });

  test('reports the detach request, and no status before the first successful read', async () => {
    const rig = new Rig();
    rig.cloud.faults.set([{ kind: 'status', status: 503, times: 2 }]);
    await rig.delete(rig.target('nic-2', 'ins-2'));
    expect(rig.progress[0]).toMatchObject({ nicStatus: undefined, instanceStatus: undefined });
    expect(messages(rig)).toContain('sending the detach request');
    expect(messages(rig)).not.toContain('sending the attach request');
  });

  test('reports that an operation waits for another one on the same vNIC', async () => {
    const rig = new Rig({ settings: slow }, (api, clock) => ({
      ...api,
      attachNetworkInterface: async (...args) => {
        await clock.sleep(3_000);
        return api.attachNetworkInterface(...args);
      },
    }));
    const messages: string[] = [];
    const onProgress = ({ message }: { message: string }) => messages.push(message);
    const both = [rig.handler.create(rig.target()), rig.handler.create(rig.target(), { onProgress })];
    expect(await rig.clock.run(Promise.all(both))).toMatchObject([{ ok: true }, { ok: true, adopted: true }]);
    expect(messages).toContain('waiting for another operation of this process on the vNIC');
    expect(rig.changes).toEqual(['Attach']);
  });
});

test('a completed operation leaves no lock in its handler', async () => {
  const rig = new Rig({ instances: [instance('ins-1')], nics: [nic('nic-1')] });
  await rig.create();
  await rig.createFails(rig.target('nic-9'));
  const { lock } = Reflect.get(rig.handler, 'context') as { lock: object };
  expect(Reflect.get(lock, 'free')).toEqual(new Map());
});
