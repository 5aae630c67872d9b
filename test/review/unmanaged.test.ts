import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ZecNic } from '../cli/zec-nic';
import { instance, nic } from '../simulator/worlds';
import { driftSchema } from './schemas';

let zec: ZecNic;
afterEach(() => zec.close());

const on = (instanceId: string, more: Parameters<typeof nic>[1] = {}) => ({ instanceId, ...more });
const setUp = async () => {
  zec = await ZecNic.withWorld({
    instances: ['ins-1', 'ins-2', 'ins-else'].map((id) => instance(id)),
    nics: [
      nic('nic-primary', on('ins-1', { nicType: 'Primary' })),
      nic('nic-1', on('ins-1')),
      nic('nic-2', on('ins-2')),
      nic('nic-b', on('ins-2', { name: '${storage} `|\n<b>' })),
      nic('nic-a', on('ins-1')),
      nic('nic-attaching', on('ins-1', { status: 'ATTACHING' })),
      nic('nic-vendor', on('ins-1')),
      nic('nic-else', on('ins-else')),
      nic('nic-free'),
    ],
    settings: { attachMs: [9e5, 9e5] },
  });
};

const ofProvider = (nic_id: string, instance_id: string, more: object = {}) => ({
  address: `zec_nic_attachment.${nic_id}`,
  mode: 'managed',
  type: 'zec_nic_attachment',
  name: nic_id,
  provider_name: 'cdktf.internal/zenlayer/zec',
  values: { nic_id, instance_id },
  ...more,
});
const ofVendor = {
  address: 'zenlayercloud_zec_vnic_attachment.x',
  mode: 'managed',
  type: 'zenlayercloud_zec_vnic_attachment',
  name: 'x',
  provider_name: 'registry.terraform.io/zenlayer/zenlayercloud',
  values: { id: 'nic-vendor:ins-1', vnic_id: 'nic-vendor', instance_id: 'ins-1' },
};
const STATE = [ofProvider('nic-1', 'ins-1'), ofProvider('nic-2', 'ins-2'), ofVendor];

async function drift(resources: readonly object[], ...args: readonly string[]) {
  await setUp();
  const path = join(zec.home, 'state.json');
  writeFileSync(path, JSON.stringify({ format_version: '1.0', values: { root_module: { resources } } }));
  const { code, stdout, stderr } = await zec.run(['drift', path, ...args]);
  expect(stderr).toBe('');
  return { code, stdout };
}
const asJson = async (resources: readonly object[]) => {
  const { code, stdout } = await drift(resources, '--json');
  const json = JSON.parse(stdout) as { drifted: boolean; unmanaged: { nic: string }[] };
  expect(driftSchema(json)).toEqual([]);
  return { code, ...json };
};

test('vNICs on the same instances that are not in the state are a note, and no drift', async () => {
  const { code, stdout } = await drift(STATE);
  expect(code).toBe(0);
  expect(stdout).toContain(
    [
      'ℹ note: 2 vNICs attached to these instances, but not in this state',
      '              nic-a at ins-1',
      '              nic-b (${storage} `| <b>) at ins-2',
      '',
    ].join('\n'),
  );
});

test('as JSON', async () => {
  expect(await asJson(STATE)).toMatchObject({
    code: 0,
    drifted: false,
    unmanaged: [
      { nic: 'nic-a', instance: 'ins-1' },
      { nic: 'nic-b', instance: 'ins-2' },
    ],
  });
});

test('as Markdown', async () => {
  const { code, stdout } = await drift(STATE, '--format', 'markdown');
  const summary = '<details><summary>2 vNICs attached to these instances, but not in this state</summary>';
  expect([code, stdout]).toEqual([0, expect.stringContaining(summary)]);
  expect(stdout).toContain('\n- `nic-a` at `ins-1`\n- `nic-b` at `ins-2`\n');
});

test('the vNIC and the instance of a state that has drifted do not change the exit code', async () => {
  const { code, unmanaged } = await asJson([ofProvider('nic-free', 'ins-1')]);
  expect([code, unmanaged.map((each) => each.nic)]).toEqual([12, ['nic-1', 'nic-a', 'nic-vendor']]);
});

test('there is none if the state hides which vNICs it has', async () => {
  const hidden = ofProvider('nic-a', 'ins-1', { sensitive_values: { nic_id: true } });
  expect((await asJson([...STATE, hidden])).unmanaged).toEqual([]);
});

test('only vNICs that are not in the state are read again', async () => {
  await drift(STATE);
  const asked = zec.simulator.cloud
    .requests()
    .map(({ parameters }) => (parameters as { nicIds?: string[] }).nicIds ?? []);
  expect(asked).toEqual([['nic-1', 'nic-2'], [], ['nic-a', 'nic-b']]);
});
