import { run } from '../support/processes';
import { BUNDLE, IDS, ZecNic } from './zec-nic';

let zec: ZecNic;
beforeEach(async () => {
  zec = await ZecNic.withWorld();
});
afterEach(() => zec.close());

const temporary = () => ({ TMPDIR: zec.home });
const create = (ids = IDS) => zec.run(['create', ...ids], { ...temporary(), ZEC_TO_BE_CONFIRMED: 'true' });
const confirm = (...more: readonly string[]) => zec.run(['confirm', ...IDS, ...more], temporary());
const requests = () => zec.simulator.cloud.requests().length;

test('after a create of the same run it asks nothing, and needs no credentials', async () => {
  expect((await create()).code).toBe(0);
  const before = requests();
  const { code, stdout, stderr } = await zec.run(['confirm', ...IDS], {
    ...temporary(),
    ZENLAYERCLOUD_ACCESS_KEY_PASSWORD: undefined,
  });
  expect([code, stdout, stderr]).toEqual([
    0,
    'vNIC nic-1 is attached to instance ins-1: its create has converged\n',
    '',
  ]);
  expect(requests()).toBe(before);
});

test('as Terraform calls it, too', async () => {
  await create();
  const before = requests();
  const env = { ...temporary(), ZEC_NIC_ID: 'nic-1', ZEC_INSTANCE_ID: 'ins-1', ZEC_TIMEOUT: '1m' };
  const { code, stdout } = await zec.run(['confirm'], env);
  expect([code, stdout]).toEqual([0, 'vNIC nic-1 is attached to instance ins-1: its create has converged\n']);
  expect(requests()).toBe(before);
  expect((await zec.run(['confirm'], env)).stdout).toContain('it already was, so it was adopted');
});

test('the same as JSON says that nobody looked', async () => {
  await create();
  expect(JSON.parse((await confirm('--json')).stdout)).toEqual({
    ok: true,
    state: 'attached',
    looked: false,
    id: 'nic-1:ins-1',
    nicId: 'nic-1',
    instanceId: 'ins-1',
  });
});

test('it believes a create once; then it looks', async () => {
  await create();
  await confirm();
  const before = requests();
  expect((await confirm()).stdout).toContain('it already was, so it was adopted');
  expect(requests()).toBeGreaterThan(before);
});

test('it believes no create of another run', async () => {
  const script = `"${process.execPath}" "${BUNDLE}" create ${IDS.join(' ')}; exit $?`;
  const env = { ...zec.environment, ...temporary(), ZEC_TO_BE_CONFIRMED: 'true' };
  expect((await run('bash', ['-c', script], { env })).code).toBe(0);
  const before = requests();
  expect((await confirm()).stdout).toContain('it already was, so it was adopted');
  expect(requests()).toBeGreaterThan(before);
});

test('what was never attached it attaches', async () => {
  expect(await confirm()).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^vNIC nic-1 is attached to instance ins-1 \(took/) as string,
  });
  expect(zec.nic()).toBe('USED ins-1');
});

test('a create that failed, and one that nothing is to confirm, leave nothing to believe', async () => {
  const held = ['--nic-id', 'nic-2', '--instance-id', 'ins-1'];
  expect((await create(held)).code).toBe(1);
  const { code, stderr } = await zec.run(['confirm', ...held], temporary());
  expect([code, stderr]).toEqual([1, expect.stringContaining('left alone')]);
  await zec.run(['create', ...IDS], temporary());
  expect((await confirm()).stdout).toContain('adopted');
});
