import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RunRecord } from '../../lib/cli/run-record';
import { run } from '../support/processes';
import { BUNDLE, ZecNic } from './zec-nic';

const pair = { nicId: 'nic-1', instanceId: 'ins-1' };
let parent: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'zec-run-'));
});
afterEach(() => rmSync(parent, { recursive: true, force: true }));

const folder = () => join(parent, `zec-nic-${process.getuid?.() ?? 'user'}`);

test('a pair that was added is there for another process of the same parent', () => {
  expect(new RunRecord(parent).has(pair)).toBe(false);
  new RunRecord(parent).add([pair, { nicId: 'nic-2', instanceId: 'ins-1' }]);
  const other = new RunRecord(parent);
  expect(other.has(pair)).toBe(true);
  expect(other.has({ nicId: 'nic-2', instanceId: 'ins-1' })).toBe(true);
  expect(other.has({ nicId: 'nic-1', instanceId: 'ins-2' })).toBe(false);
  const [file = ''] = readdirSync(folder());
  expect(statSync(join(folder(), file)).mode & 0o777).toBe(0o600);
});

test('old records are removed when one is written', () => {
  mkdirSync(folder(), { mode: 0o700 });
  const old = join(folder(), '1.1.run');
  writeFileSync(old, '');
  const twoDaysAgo = Date.now() / 1000 - 172_800;
  utimesSync(old, twoDaysAgo, twoDaysAgo);
  new RunRecord(parent).add([pair]);
  expect(readdirSync(folder())).toHaveLength(1);
  expect(readdirSync(folder())).not.toContain('1.1.run');
});

test('a folder that others could write to is left alone', () => {
  mkdirSync(folder(), { mode: 0o777 });
  new RunRecord(parent).add([pair]);
  expect([readdirSync(folder()), new RunRecord(parent).has(pair)]).toEqual([[], false]);
});

describe('zec-nic converge, then delete', () => {
  let zec: ZecNic;
  afterEach(() => zec.close());
  const set = {
    ZEC_ATTACHMENTS_1:
      '[{"nic_id":"nic-1","instance_id":"ins-1","create_timeout":"1m","construct":"net/web"}]',
  };
  const ids = { ZEC_NIC_ID: 'nic-1', ZEC_INSTANCE_ID: 'ins-1' };

  test('of one run of Terraform: it stays attached', async () => {
    zec = await ZecNic.withWorld();
    const env = { TMPDIR: parent, ZEC_BY_TERRAFORM: 'true' };
    expect((await zec.run(['converge'], { ...env, ...set })).code).toBe(0);
    const { code, stdout } = await zec.run(['delete'], { ...env, ...ids });
    expect([code, zec.nic()]).toEqual([0, 'USED ins-1']);
    expect(stdout).toContain('vNIC nic-1 stays attached to instance ins-1');
  });

  test('of a script, or of another run: it is detached', async () => {
    zec = await ZecNic.withWorld();
    const env = { TMPDIR: parent };
    expect((await zec.run(['converge'], { ...env, ...set })).code).toBe(0);
    expect((await zec.run(['delete'], { ...env, ...ids })).code).toBe(0);
    expect(zec.nic()).toBe('AVAILABLE');
    expect((await zec.run(['converge'], { ...env, ...set, ZEC_BY_TERRAFORM: 'true' })).code).toBe(0);
    // A shell between: another parent.
    const command = `"${process.execPath}" "${BUNDLE}" delete; exit $?`;
    const other = { ...zec.environment, ...env, ...ids, ZEC_BY_TERRAFORM: 'true' };
    expect((await run('sh', ['-c', command], { env: other, cwd: zec.home })).code).toBe(0);
    expect(zec.nic()).toBe('AVAILABLE');
  });
});
