import { fullInstances, instance, nic } from '../simulator/worlds';
import { eventually } from '../support/processes';
import { ZecNic } from './zec-nic';

let zec: ZecNic;
afterEach(() => zec.close());

const instances = [
  instance('ins-1', { instanceName: 'web server' }),
  instance('ins-2', { instanceName: '数据库', zoneId: 'europe-west-2a', status: 'STOPPED' }),
];
const nics = [
  nic('nic-p', { nicType: 'Primary', instanceId: 'ins-1', primaryIpv4: '10.0.0.1' }),
  nic('nic-s', { name: 'Storage', instanceId: 'ins-1', primaryIpv4: '10.0.0.2' }),
  nic('nic-f', { name: 'storage spare', primaryIpv4: '10.0.0.3' }),
];
const setUp = async (more: object = {}) => {
  zec = await ZecNic.withWorld({ instances, nics, ...more });
};

test('a table lists instances with their vNICs, then the other vNICs', async () => {
  await setUp();
  const { code, stdout, stderr } = await zec.run(['status']);
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toBe(
    [
      'INSTANCE  NAME        ZONE            STATUS   VNICS  VNIC   NAME           TYPE       STATUS     ADDRESS',
      'ins-1     web server  asia-east-1a    RUNNING  2/8    nic-p  nic-p          Primary    USED       10.0.0.1',
      '                                                      nic-s  Storage        Secondary  USED       10.0.0.2',
      'ins-2     数据库      europe-west-2a  STOPPED  0/8    -',
      '-                                                     nic-f  storage spare  Secondary  AVAILABLE  10.0.0.3',
      '',
      '2 instances, 3 vNICs (1 AVAILABLE, 2 USED)',
      '',
    ].join('\n'),
  );
});

test('no line exceeds the width of the screen', async () => {
  await setUp();
  const { stdout } = await zec.run(['status'], { COLUMNS: '60' });
  expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(60);
  expect(stdout).toMatch(/^ins-1 +RUNNING .*nic-p/m);
});

const names = (stdout: string) => {
  const report = JSON.parse(stdout) as {
    instances: { instanceId: string; nics: { nicId: string }[] }[];
    otherNics: { nicId: string }[];
  };
  return {
    held: report.instances.map((each) => [each.instanceId, ...each.nics.map(({ nicId }) => nicId)].join(' ')),
    others: report.otherNics.map(({ nicId }) => nicId),
  };
};

test.each([
  [['--instance-id', 'ins-1'], { held: ['ins-1 nic-p nic-s'], others: [] }],
  [['--instance-id', 'ins-0'], { held: [], others: [] }],
  [['--region', 'europe-west-2'], { held: ['ins-2'], others: [] }],
  [['--region', 'asia-east-1'], { held: ['ins-1 nic-p nic-s'], others: ['nic-f'] }],
  [['--name', 'STORAGE'], { held: ['ins-1 nic-s'], others: ['nic-f'] }],
  [['--name', '数据'], { held: ['ins-2'], others: [] }],
])('%j filters the inventory', async (args, expected) => {
  await setUp();
  const { code, stdout } = await zec.run(['status', '--json', ...args]);
  expect([code, names(stdout)]).toEqual([0, expected]);
});

test('control characters in a name do not reach the terminal', async () => {
  await setUp({ nics: [nic('nic-1', { name: 'evil\u001b[2J\u202e\nname' })] });
  const { stdout } = await zec.run(['status'], { FORCE_COLOR: '1', NO_COLOR: '1' });
  // eslint-disable-next-line no-control-regex -- control characters are what this test looks for
  expect(stdout).not.toMatch(/\u001b|\u202e/);
  expect(stdout).toContain('evil [2J name');
});

test('all pages are fetched', async () => {
  const many = Array.from({ length: 1003 }, (_, index) => nic(`nic-${index}`));
  await setUp({ nics: many });
  const { stdout } = await zec.run(['status', '--json']);
  expect(names(stdout).others).toHaveLength(1003);
});

test('1,000 instances with 8 vNICs each are listed, and pages that are too large are requested again in halves', async () => {
  await setUp(fullInstances(1_000));
  const { code, stdout, stderr } = await zec.run(['status', '--json']);
  expect([code, stderr]).toEqual([0, '']);
  const { held, others } = names(stdout);
  expect([held.length, new Set(held.flatMap((each) => each.split(' ').slice(1))).size, others]).toEqual([
    1_000,
    8_000,
    [],
  ]);
  const sizes = zec.simulator.cloud
    .requests()
    .filter(({ action }) => action === 'DescribeInstances')
    .map(({ parameters }) => (parameters as { pageSize: number }).pageSize);
  expect(sizes).toEqual([500, 250, ...Array<number>(8).fill(125)]);
});

test('a wrong access key is reported on stderr and as JSON', async () => {
  await setUp();
  const { code, stdout, stderr } = await zec.run(['status', '--json'], {
    ZENLAYERCLOUD_ACCESS_KEY_PASSWORD: 'wrong',
  });
  expect(code).toBe(2);
  expect(JSON.parse(stdout)).toMatchObject({ ok: false, error: { code: 'AUTHFAILURE_SIGNATURE_FAILURE' } });
  expect(stderr).toMatch(/What to do: Check the access key/);
});

test('SIGINT before the first read is done exits with 130', async () => {
  await setUp();
  zec.simulator.cloud.faults.set([{ kind: 'hang' }]);
  const running = zec.start(['status']);
  await eventually('a request is sent', () => zec.simulator.cloud.requests().length > 0);
  running.kill('SIGINT');
  expect(await running.finished).toMatchObject({ code: 130, stdout: '' });
});

describe('--watch', () => {
  test('appends a table for each read without a terminal, and exits with 0 on SIGINT', async () => {
    await setUp();
    const running = zec.start(['status', '--watch', '1s', '--instance-id', 'ins-2']);
    await eventually('two tables', () => running.output().split('INSTANCE').length > 2);
    running.kill('SIGINT');
    const { code, stdout, stderr } = await running.finished;
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout.match(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/gm)?.length).toBeGreaterThanOrEqual(2);
    expect(stdout).not.toContain('\u001b');
  });

  test('prints one line of JSON for each read', async () => {
    await setUp();
    const running = zec.start(['status', '--watch', '--json']);
    await eventually('one read', () => running.output().includes('\n'));
    running.kill('SIGTERM');
    const { code, stdout } = await running.finished;
    expect([code, names(stdout.split('\n')[0] ?? '').others]).toEqual([0, ['nic-f']]);
  });

  test.each([
    [
      ['--watch', '10ms'],
      /the interval "10ms" is invalid: expected a duration .* at least 1s and at most 1h/,
    ],
    [['--watch=2h'], /the interval "2h" is invalid/],
    [['--watch', '5s', 'nic-1'], /status NIC_ID requires --instance-id/],
  ])('%j is a usage error', async (args, message) => {
    await setUp();
    const { code, stderr } = await zec.run(['status', ...args]);
    expect([code, stderr]).toEqual([2, expect.stringMatching(message)]);
  });
});
