import { instance, nic } from '../simulator/worlds';
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
const begin = async (more: object = {}) => {
  zec = await ZecNic.withWorld({ instances, nics, ...more });
};

test('a table of instances with their vNICs, then the free ones', async () => {
  await begin();
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

test('no line is wider than the screen', async () => {
  await begin();
  const { stdout } = await zec.run(['status'], { COLUMNS: '60' });
  expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(60);
  expect(stdout).toMatch(/^ins-1 +RUNNING .*nic-p/m);
});

const names = (stdout: string) => {
  const found = JSON.parse(stdout) as {
    instances: { instanceId: string; nics: { nicId: string }[] }[];
    otherNics: { nicId: string }[];
  };
  return {
    held: found.instances.map((each) => [each.instanceId, ...each.nics.map(({ nicId }) => nicId)].join(' ')),
    others: found.otherNics.map(({ nicId }) => nicId),
  };
};

test.each([
  [['--instance-id', 'ins-1'], { held: ['ins-1 nic-p nic-s'], others: [] }],
  [['--instance-id', 'ins-0'], { held: [], others: [] }],
  [['--region', 'europe-west-2'], { held: ['ins-2'], others: [] }],
  [['--region', 'asia-east-1'], { held: ['ins-1 nic-p nic-s'], others: ['nic-f'] }],
  [['--name', 'STORAGE'], { held: ['ins-1 nic-s'], others: ['nic-f'] }],
  [['--name', '数据'], { held: ['ins-2'], others: [] }],
])('%j shows only what it admits', async (args, expected) => {
  await begin();
  const { code, stdout } = await zec.run(['status', '--json', ...args]);
  expect([code, names(stdout)]).toEqual([0, expected]);
});

test('nothing in a name reaches the terminal as a command', async () => {
  await begin({ nics: [nic('nic-1', { name: 'evil\u001b[2J\u202e\nname' })] });
  const { stdout } = await zec.run(['status'], { FORCE_COLOR: '1', NO_COLOR: '1' });
  // eslint-disable-next-line no-control-regex -- they are what must not reach the terminal
  expect(stdout).not.toMatch(/\u001b|\u202e/);
  expect(stdout).toContain('evil [2J name');
});

test('more than one page is fetched whole', async () => {
  const many = Array.from({ length: 1003 }, (_, index) => nic(`nic-${index}`));
  await begin({ nics: many });
  const { stdout } = await zec.run(['status', '--json']);
  expect(names(stdout).others).toHaveLength(1003);
});

test('a wrong key is said on stderr, and as JSON', async () => {
  await begin();
  const { code, stdout, stderr } = await zec.run(['status', '--json'], {
    ZENLAYERCLOUD_ACCESS_KEY_PASSWORD: 'wrong',
  });
  expect(code).toBe(2);
  expect(JSON.parse(stdout)).toMatchObject({ ok: false, error: { code: 'AUTHFAILURE_SIGNATURE_FAILURE' } });
  expect(stderr).toMatch(/What to do: Check the access key/);
});

test('SIGINT before the table is there ends it with 130', async () => {
  await begin();
  zec.simulator.cloud.faults.set([{ kind: 'hang' }]);
  const running = zec.start(['status']);
  await eventually('it asks', () => zec.simulator.cloud.requests().length > 0);
  running.kill('SIGINT');
  expect(await running.finished).toMatchObject({ code: 130, stdout: '' });
});

describe('--watch', () => {
  test('appends a table for each look where there is no terminal, until SIGINT ends it with 0', async () => {
    await begin();
    const running = zec.start(['status', '--watch', '1s', '--instance-id', 'ins-2']);
    await eventually('two tables', () => running.output().split('INSTANCE').length > 2);
    running.kill('SIGINT');
    const { code, stdout, stderr } = await running.finished;
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout.match(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/gm)?.length).toBeGreaterThanOrEqual(2);
    expect(stdout).not.toContain('\u001b');
  });

  test('gives one line of JSON for each look', async () => {
    await begin();
    const running = zec.start(['status', '--watch', '--json']);
    await eventually('one look', () => running.output().includes('\n'));
    running.kill('SIGTERM');
    const { code, stdout } = await running.finished;
    expect([code, names(stdout.split('\n')[0] ?? '').others]).toEqual([0, ['nic-f']]);
  });

  test.each([
    [['--watch', '10ms'], /the interval "10ms" is not a duration .* at least 1s and at most 1h/],
    [['--watch=2h'], /the interval "2h" is not/],
    [['--watch', '5s', 'nic-1'], /status NIC_ID needs --instance-id/],
  ])('%j is wrong usage', async (args, message) => {
    await begin();
    const { code, stderr } = await zec.run(['status', ...args]);
    expect([code, stderr]).toEqual([2, expect.stringMatching(message)]);
  });
});
