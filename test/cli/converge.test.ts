import { instance, nic } from '../simulator/worlds';
import { eventually } from '../support/processes';
import { ZecNic } from './zec-nic';

let zec: ZecNic;
afterEach(() => zec.close());

const entry = (nicId: string, instanceId = 'ins-1', more: object = {}) => ({
  nic_id: nicId,
  instance_id: instanceId,
  create_timeout: '20s',
  construct: `net/${nicId.slice(0, 20)}`,
  ...more,
});
const parts = (...all: readonly object[][]) =>
  Object.fromEntries(all.map((part, index) => [`ZEC_ATTACHMENTS_${index + 1}`, JSON.stringify(part)]));
const attachCount = () =>
  zec.simulator.cloud.requests().filter(({ action }) => action === 'AttachNetworkInterface').length;

const AVAILABLE = ['nic-1', 'nic-2', 'nic-3', 'nic-4', 'nic-5'];
const setUp = async (more: Parameters<typeof ZecNic.withWorld>[0] = {}) => {
  zec = await ZecNic.withWorld({
    instances: [instance('ins-1'), instance('ins-9')],
    nics: [...AVAILABLE.map((id) => nic(id)), nic('nic-9', { instanceId: 'ins-9' })],
    ...more,
  });
};

test('attaches all parts of a set in parallel, and a second run changes nothing', async () => {
  await setUp();
  const set = parts([entry('nic-1'), entry('nic-2')], [entry('nic-3')]);
  const first = await zec.run(['converge'], set);
  expect(first.stdout).toMatch(/3 attachments: 3 attached \(took [\d.]+ s\)\n$/);
  expect(first.stdout).toContain('vNIC nic-3 is attached to instance ins-1\n');
  expect(first.stderr).toContain('3 of 3 attached');
  expect([first.code, zec.nic('nic-1'), zec.nic('nic-2'), zec.nic('nic-3')]).toEqual([
    0,
    'USED ins-1',
    'USED ins-1',
    'USED ins-1',
  ]);
  const earlier = zec.simulator.cloud.requests().length;
  const second = await zec.run(['converge'], set);
  expect([second.code, second.stdout]).toEqual([
    0,
    expect.stringMatching(/^3 attachments: 3 already attached \(took [\d.]+ s\)\n$/),
  ]);
  // One request for the vNICs and one for the instances.
  expect(zec.simulator.cloud.requests().length - earlier).toBe(2);
  expect(attachCount()).toBe(3);
});

test('many attachments print only their progress on stderr', async () => {
  const ids = Array.from({ length: 30 }, (_, index) => `nic-${index}`);
  const instances = ids
    .map((_, index) => instance(`ins-${Math.floor(index / 5)}`))
    .filter((_, index) => index % 5 === 0);
  await setUp({ instances, nics: ids.map((id) => nic(id)), settings: { attachMs: [1_000, 1_000] } });
  const set = parts(ids.map((id, index) => entry(id, `ins-${Math.floor(index / 5)}`)));
  const { code, stderr } = await zec.run(['converge'], set);
  expect([code, stderr.split('\n').filter((line) => !/^\d+ of 30 attached/.test(line))]).toEqual([0, ['']]);
});

test('a failure does not stop the others, and all failures are reported with their construct', async () => {
  await setUp();
  const set = parts([
    entry('nic-1'),
    entry('nic-9'),
    entry('nic-none'),
    entry('not an ID'),
    entry('nic-2', 'ins-none'),
    entry('nic-3'),
  ]);
  const { code, stdout, stderr } = await zec.run(['converge'], set);
  expect(code).toBe(1);
  expect([zec.nic('nic-1'), zec.nic('nic-3'), zec.nic('nic-9')]).toEqual([
    'USED ins-1',
    'USED ins-1',
    'USED ins-9',
  ]);
  expect(stdout).toContain('6 attachments: 2 attached, 4 failed');
  expect(stderr).toContain('net/nic-9: error: vNIC nic-9 was not attached to instance ins-1');
  expect(stderr).toContain('vNIC nic-9 is attached to instance ins-9');
  expect(stderr).toContain('net/nic-none: error: vNIC nic-none was not attached');
  expect(stderr).toContain('net/not an ID: error: Invalid vNIC ID: "not an ID"');
  expect(stderr).toContain('net/nic-2: error: vNIC nic-2 was not attached to instance ins-none');
  expect(stderr).toContain('error: 4 of 6 attachments failed.');
  expect(attachCount()).toBe(2);
});

test('--json prints one line with the result of each attachment', async () => {
  await setUp();
  const { code, stdout } = await zec.run(['converge', '--json'], parts([entry('nic-1'), entry('nic-9')]));
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({
    ok: false,
    attachments: [
      { ok: true, construct: 'net/nic-1', nicId: 'nic-1', state: 'attached', adopted: false },
      { ok: false, construct: 'net/nic-9', error: { reason: 'refused', nicId: 'nic-9' } },
    ],
  });
});

test('each attachment has its own timeout', async () => {
  await setUp({ settings: { attachMs: [4_000, 4_000] } });
  const set = parts([entry('nic-1', 'ins-1', { create_timeout: '1s' }), entry('nic-2')]);
  const { code, stderr } = await zec.run(['converge'], set);
  expect([code, zec.nic('nic-2')]).toEqual([4, 'USED ins-1']);
  expect(stderr).toContain('vNIC nic-1 was not attached to instance ins-1: not converged within 1 s');
});

test('an error that several attachments share is printed once', async () => {
  await setUp();
  const env = { ...parts(AVAILABLE.map((id) => entry(id))), ZENLAYERCLOUD_ACCESS_KEY_PASSWORD: 'wrong' };
  const { code, stderr } = await zec.run(['converge'], env);
  expect(code).toBe(2);
  expect(stderr.match(/What to do/g)).toHaveLength(1);
  expect(stderr).toContain('Same error for: net/nic-2 (vNIC "nic-2", instance "ins-1")');
});

test('a signal stops all attachments with exit code 130', async () => {
  await setUp({ settings: { attachMs: [60_000, 60_000] } });
  const started = zec.start(['converge'], parts([entry('nic-1'), entry('nic-2')]));
  await eventually(
    'both are ATTACHING',
    () => zec.nic('nic-1') + zec.nic('nic-2') === 'ATTACHING ins-1ATTACHING ins-1',
  );
  started.kill('SIGTERM');
  const { code, stderr } = await started.finished;
  expect(code).toBe(130);
  expect(stderr).toContain('error: 2 of 2 attachments failed.');
});

test('an empty set requires no settings', async () => {
  await setUp();
  const env = { ...parts([]), ZENLAYERCLOUD_ACCESS_KEY_ID: undefined };
  const { code, stdout } = await zec.run(['converge'], env);
  expect([code, stdout]).toEqual([0, 'no attachments\n']);
});

test.each([
  ['a missing set', {}, 'ZEC_ATTACHMENTS_1 is not set'],
  ['invalid JSON', { ZEC_ATTACHMENTS_1: '[' }, 'ZEC_ATTACHMENTS_1 is invalid: expected a JSON array'],
  [
    'a missing property',
    { ZEC_ATTACHMENTS_1: '[{"nic_id":"nic-1"}]' },
    'ZEC_ATTACHMENTS_1 is invalid: expected a JSON array',
  ],
  [
    'an invalid timeout',
    parts([entry('nic-1')], [entry('nic-2', 'ins-1', { create_timeout: 'soon' })]),
    'ZEC_ATTACHMENTS_2 is invalid: expected a JSON array',
  ],
])('%s is a usage error, and no request is sent', async (_, env, message) => {
  await setUp();
  const { code, stderr } = await zec.run(['converge'], env);
  expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
  expect(zec.simulator.cloud.requests()).toEqual([]);
});

test('attaches a thousand vNICs from parts of 90 kB', async () => {
  const ids = Array.from({ length: 1_000 }, (_, index) => `nic-${index}`);
  await setUp({
    instances: Array.from({ length: 200 }, (_, index) => instance(`ins-${index}`)),
    nics: ids.map((id) => nic(id)),
    settings: { attachMs: [0, 0], rateLimitPerSecond: 0 },
  });
  const entries = ids.map((id, index) =>
    entry(id, `ins-${index % 200}`, { construct: `net/${'x'.repeat(150)}/${id}`, create_timeout: '5m' }),
  );
  const perPart = 300;
  const all = Array.from({ length: Math.ceil(ids.length / perPart) }, (_, index) =>
    entries.slice(index * perPart, (index + 1) * perPart),
  );
  const { code, stdout } = await zec.run(['converge'], parts(...all));
  expect([code, stdout.slice(-80)]).toEqual([0, expect.stringContaining('1000 attachments: 1000 attached')]);
});
