import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import {
  parseInstanceId,
  parseNicId,
  ZecResponseError,
  ZecApiError,
  ZecError,
  ZecNetworkError,
} from '../../lib/zec';
import type { ZecClient } from '../../lib/zec';
import { systemClock } from '../../lib/zec/clock';
import type { Clock } from '../../lib/zec/clock';
import { MAX_RESPONSE_BYTES } from '../../lib/zec/transport';
import { FakeClock } from '../support/fake-clock';
import { respond, failure, PASSWORD, RawServer, REQUEST_ID, settings, success } from './raw-server';

const nicId = parseNicId('nic-1');
const instanceId = parseInstanceId('ins-1');

let server: RawServer;
beforeEach(async () => {
  server = new RawServer();
  await server.listen();
});
afterEach(() => server.close());

async function errorOf(work: Promise<unknown>): Promise<ZecError> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ZecError)) throw new Error(`not the API client's error: ${inspect(error)}`);
  expect(error.message).not.toContain('\n');
  expect(inspect(error)).not.toContain(PASSWORD);
  return error;
}

const attach = (client: ZecClient, signal?: AbortSignal) =>
  client.attachNetworkInterface({ nicId, instanceId }, { signal });

test('HTTPS to a port of plain HTTP is a permanent error of the first request', async () => {
  const advice = expect.stringContaining('ZENLAYERCLOUD_SCHEME') as string;
  const client = server.client({ settings: { scheme: 'https' } });
  const error = await errorOf(client.describeInstances({ pageSize: 1 }));
  expect(error).toMatchObject({ kind: 'terminal', outcome: 'not-applied', advice });
  expect([server.connections, server.received]).toEqual([1, []]);
});

describe('responses other than success', () => {
  const page = (dataSet: unknown, totalCount: unknown = 1) => success({ totalCount, dataSet });
  const nic = { nicId: 'nic-1', status: 'USED' };
  // For an attach, which returns no set, such a response is valid.
  const isPage = (body: unknown) => typeof body === 'object' && body !== null && 'response' in body;
  test.each<[string, number, unknown, Record<string, string>, object]>([
    ['not JSON', 200, '<html>Wait</html>', {}, { kind: 'transient' }],
    ['cut in the middle', 200, '{"requestId":"T1","resp', {}, { kind: 'transient' }],
    ['another envelope', 200, { Result: 'ok' }, {}, { kind: 'transient' }],
    ['a list instead', 200, [], {}, { kind: 'transient' }],
    ['a set that is no list', 200, page({}), {}, { kind: 'transient' }],
    ['a lost set', 200, page(null, 3), {}, { kind: 'transient' }],
    ['a count that is none', 200, page([nic], -1), {}, { kind: 'transient' }],
    ['an ID of another shape', 200, page([{ ...nic, nicId: 'a/b' }]), {}, { kind: 'transient' }],
    ['a status that is a number', 200, page([{ ...nic, status: 7 }]), {}, { kind: 'transient' }],
    ['more things than asked for', 200, page(Array(1001).fill(nic)), {}, { kind: 'transient' }],
    ['a bad gateway', 502, '<html>Bad Gateway</html>', {}, { kind: 'transient', httpStatus: 502 }],
    ['a proxy', 407, 'Proxy', {}, { kind: 'terminal', advice: expect.stringContaining('proxy') as string }],
    [
      'a challenge',
      403,
      '<html>',
      { 'cf-mitigated': 'challenge' },
      { kind: 'terminal', advice: expect.stringContaining('another network') as string },
    ],
    [
      'a legal bar',
      451,
      '<html>',
      {},
      { kind: 'terminal', advice: expect.stringContaining('from another one') as string },
    ],
    [
      'a redirect',
      302,
      '',
      { location: 'http://127.0.0.1:1/' },
      { kind: 'terminal', advice: expect.stringContaining('ZENLAYERCLOUD_DOMAIN') as string },
    ],
  ])('%s', async (_, status, body, headers, expected) => {
    server.handle = (response) => respond(response, status, body, headers);
    const clock = new FakeClock();
    const describe = server.client({ clock }).describeNetworkInterfaces({ pageSize: 1 });
    const error = await errorOf(clock.run(describe, { io: true }));
    expect(error).toBeInstanceOf(ZecResponseError);
    expect(error).toMatchObject({ action: 'DescribeNetworkInterfaces', outcome: 'not-applied', ...expected });
    if (isPage(body)) return;
    const unsure = (expected as { kind: string }).kind === 'transient';
    expect(await errorOf(attach(server.client()))).toMatchObject({
      outcome: unsure ? 'unknown' : 'not-applied',
    });
  });

  test('a response over the size limit is not read completely', async () => {
    let written = 0;
    server.handle = (response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const chunk = 'x'.repeat(1024 * 1024);
      const more = () => {
        while (!response.destroyed && written < 256) {
          written += 1;
          if (!response.write(chunk)) return void response.once('drain', more);
        }
      };
      more();
    };
    const error = await errorOf(attach(server.client()));
    expect(error.message).toContain(`larger than ${MAX_RESPONSE_BYTES / 1024 / 1024} MiB`);
    expect(error).toMatchObject({ kind: 'transient', outcome: 'unknown' });
    expect(written).toBeLessThan(64);
  });
});

describe('API errors', () => {
  const table: Record<string, readonly [status: number, kind: string, outcome?: string]> = {
    INVALID_INSTANCE_NOT_FOUND: [404, 'terminal'],
    INVALID_NIC_NOT_FOUND: [404, 'terminal'],
    INVALID_NIC_ATTACHED: [400, 'conflict'],
    INVALID_NIC_INSTANCE_REGION_MISMATCH: [409, 'terminal'],
    INVALID_NIC_STATUS: [400, 'conflict'],
    OPERATION_DENIED_INSTANCE_STATUS_NOT_SUPPORT: [403, 'conflict'],
    INVALID_INSTANCE_NIC_LIMIT: [400, 'terminal'],
    INVALID_INSTANCE_PRECHECK_ABNORMAL: [400, 'conflict'],
    OPERATION_FAILED_RESOURCE_NOT_FOUND: [404, 'terminal'],
    INVALID_NIC_PRIMARY_CANT_DETACH: [409, 'terminal'],
    INVALID_NIC_LB_ASSOCIATED: [409, 'terminal'],
    OPERATION_DENIED_NIC_NOT_EXIST_INSTANCE: [403, 'conflict'],
    REQUEST_LIMIT_EXCEEDED: [429, 'transient'],
    AUTHFAILURE_SIGNATURE_FAILURE: [401, 'terminal'],
    SERVICE_TEMPORARY_UNAVAILABLE: [503, 'transient', 'unknown'],
    INTERNAL_SERVER_ERROR: [500, 'transient', 'unknown'],
    INVALID_OPERATION_TIMEOUT: [504, 'transient', 'unknown'],
    REQUEST_TIMED_OUT: [504, 'transient', 'unknown'],
    SOMETHING_NEW: [400, 'terminal'],
    SOMETHING_NEW_AND_BROKEN: [500, 'transient', 'unknown'],
  };
  test.each(Object.entries(table))('%s', async (code, [status, kind, outcome = 'not-applied']) => {
    server.handle = (response) => respond(response, status, failure(code, 'First.\nSecond.'));
    const error = await errorOf(attach(server.client()));
    expect(error).toBeInstanceOf(ZecApiError);
    expect(error).toMatchObject({ code, kind, outcome, requestId: REQUEST_ID, httpStatus: status });
    expect(error.message).toBe(
      `AttachNetworkInterface failed: ${code}: First. Second. (HTTP ${status}, requestId ${REQUEST_ID})`,
    );
    expect(server.received).toHaveLength(1);
  });

  test('are classified by code, not by HTTP status', async () => {
    server.handle = (response) => respond(response, 500, failure('INVALID_NIC_STATUS'));
    expect(await errorOf(attach(server.client()))).toMatchObject({
      kind: 'conflict',
      outcome: 'not-applied',
    });
  });

  test('a missing vNIC is not a failed detach', async () => {
    server.handle = (response) => respond(response, 404, failure('INVALID_NIC_NOT_FOUND'));
    const error = await errorOf(server.client().detachNetworkInterface({ nicId }));
    expect(error.kind).toBe('conflict');
  });

  test('a message that contains a secret is redacted', async () => {
    server.handle = (response) => respond(response, 400, failure('SOMETHING', `key ${PASSWORD} is wrong`));
    expect((await errorOf(attach(server.client()))).message).toContain('key [redacted] is wrong');
  });
});

describe('no response', () => {
  test('a reset after the request was sent: it may have been carried out', async () => {
    server.handle = (response) => response.socket?.resetAndDestroy();
    const error = await errorOf(attach(server.client()));
    expect(error).toBeInstanceOf(ZecNetworkError);
    expect(error).toMatchObject({ kind: 'transient', outcome: 'unknown' });
    expect(server.received).toHaveLength(1);
    const detach = await errorOf(server.client().detachNetworkInterface({ nicId }));
    expect(detach).toMatchObject({ kind: 'transient', outcome: 'unknown' });
  });

  test('a refused connection: it was not carried out, and the error says what to check', async () => {
    const probe = createServer();
    await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
    const domain = `127.0.0.1:${(probe.address() as AddressInfo).port}`;
    await new Promise((resolve) => probe.close(resolve));
    const error = await errorOf(attach(server.client({ settings: settings(domain) })));
    expect(error).toMatchObject({
      outcome: 'not-applied',
      advice: expect.stringContaining('ZENLAYERCLOUD_DOMAIN') as string,
    });
    expect(error.message).toContain(`no connection to ${domain}`);
  });

  test('a server that never responds times out', async () => {
    server.handle = () => undefined;
    const error = await errorOf(attach(server.client({ settings: { clientTimeoutMs: 100 } })));
    expect(error.message).toContain('within 0.1 s');
    expect(error).toMatchObject({ kind: 'transient', outcome: 'unknown' });
  });

  test('a response that never ends times out', async () => {
    server.handle = (response) => response.writeHead(200).write('{');
    const error = await errorOf(attach(server.client({ settings: { clientTimeoutMs: 100 } })));
    expect(error).toMatchObject({ kind: 'transient', outcome: 'unknown' });
  });

  test('an abort before, during and between attempts rejects with the signal’s reason', async () => {
    const reason = new Error('enough');
    await expect(attach(server.client(), AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(server.received).toEqual([]);

    const during = new AbortController();
    server.handle = () => during.abort(reason);
    await expect(attach(server.client(), during.signal)).rejects.toBe(reason);

    const between = new AbortController();
    server.handle = (response) => respond(response, 503, failure('SERVICE_TEMPORARY_UNAVAILABLE'));
    const sleep: Clock['sleep'] = (ms, signal) => {
      between.abort(reason);
      return systemClock.sleep(ms, signal);
    };
    const client = server.client({ random: () => 0.999, clock: { ...systemClock, sleep } });
    const describe = client.describeInstances({ pageSize: 1 }, { signal: between.signal });
    await expect(describe).rejects.toBe(reason);
  });

  test('closing the client aborts requests in flight', async () => {
    const client = server.client();
    server.handle = () => void client.close();
    const error = await errorOf(attach(client));
    expect(error.message).toContain('the client was closed');
    expect((await errorOf(attach(client))).outcome).toBe('not-applied');
  });
});

describe('attempts', () => {
  test('attach and detach are sent once, whatever the response', async () => {
    const clock = new FakeClock();
    const client = server.client({ clock });
    const hasty = server.client({ clock, settings: { clientTimeoutMs: 100 } });
    const replies: ((response: Parameters<RawServer['handle']>[0]) => void)[] = [
      (response) => respond(response, 429, failure('REQUEST_LIMIT_EXCEEDED')),
      (response) => respond(response, 503, failure('SERVICE_TEMPORARY_UNAVAILABLE')),
      (response) => response.destroy(),
    ];
    for (const handle of replies) {
      server.handle = handle;
      await errorOf(clock.run(attach(client), { io: true }));
      await errorOf(clock.run(client.detachNetworkInterface({ nicId }), { io: true }));
    }
    expect(server.received).toHaveLength(2 * replies.length);
    server.handle = () => undefined;
    await Promise.all([errorOf(attach(hasty)), errorOf(hasty.detachNetworkInterface({ nicId }))]);
    expect(server.received).toHaveLength(2 * replies.length + 2);
  });

  test('a read is sent up to four times, with exponential backoff', async () => {
    const clock = new FakeClock();
    const client = server.client({ clock, random: () => 0.5 });
    const sentAt: number[] = [];
    server.handle = (response) => {
      sentAt.push(clock.now());
      respond(response, 503, failure('SERVICE_TEMPORARY_UNAVAILABLE'));
    };
    const error = await errorOf(clock.run(client.describeInstances({ pageSize: 1 }), { io: true }));
    expect(error).toMatchObject({ code: 'SERVICE_TEMPORARY_UNAVAILABLE', outcome: 'not-applied' });
    expect(sentAt).toEqual([0, 250, 750, 1750]);
  });

  test('lastFailure is the error of the last attempt of a read, until one succeeds', async () => {
    const clock = new FakeClock();
    const client = server.client({ clock });
    const known: unknown[] = [];
    server.handle = (response) => {
      known.push(client.lastFailure?.code);
      if (known.length === 1) respond(response, 503, failure('SERVICE_TEMPORARY_UNAVAILABLE'));
      else respond(response, 200, success({ totalCount: 0, dataSet: [] }));
    };
    await clock.run(client.describeInstances({ pageSize: 1 }), { io: true });
    expect([...known, client.lastFailure]).toEqual([undefined, 'SERVICE_TEMPORARY_UNAVAILABLE', undefined]);
  });

  test('a read with a permanent error is not retried', async () => {
    server.handle = (response) => respond(response, 401, failure('AUTHFAILURE_SIGNATURE_FAILURE'));
    await errorOf(server.client().describeInstances({ pageSize: 1 }));
    expect(server.received).toHaveLength(1);
  });

  test.each([
    ['seconds', '7', 7_000],
    ['a date', new Date(Date.UTC(2026, 0, 1) + 9_000).toUTCString(), 9_000],
    ['a date long gone: the rate alone counts', new Date(0).toUTCString(), 50],
    ['a day', '86400', 60_000],
    ['nonsense, like none', 'soon', 1_000],
  ])('Retry-After in %s is honoured', async (_, header, expected) => {
    server.handle = (response) =>
      server.received.length === 1
        ? respond(response, 429, failure('REQUEST_LIMIT_EXCEEDED'), { 'retry-after': header })
        : respond(response, 200, success({ totalCount: 0, dataSet: [] }));
    const clock = new FakeClock();
    const client = server.client({ clock, random: () => 0 });
    await clock.run(client.describeInstances({ pageSize: 1 }), { io: true });
    expect(clock.now()).toBe(expected);
  });
});
