import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ZecNic } from '../cli/zec-nic';
import { fullInstances, nic } from '../simulator/worlds';

const INSTANCES = 1_000;

/** A change of an attachment, as in a plan's JSON. */
function change(nic_id: string, instance_id: string, action: 'create' | 'no-op') {
  const after = { id: `${nic_id}:${instance_id}`, nic_id, instance_id };
  return {
    address: `zec_nic_attachment.${nic_id}`,
    mode: 'managed',
    type: 'zec_nic_attachment',
    name: nic_id,
    provider_name: 'cdktf.internal/zenlayer/zec',
    change: { actions: [action], before: action === 'create' ? null : after, after },
  };
}

test('a plan with 8,000 attachments on 1,000 full instances is reviewed', async () => {
  const { nics, ...world } = fullInstances(INSTANCES);
  const zec = await ZecNic.withWorld({ ...world, nics: [...nics, nic('nic-more')] });
  const resource_changes = [
    ...nics.map(({ nicId, instanceId }) => change(nicId, instanceId ?? '', 'no-op')),
    change('nic-more', 'ins-999', 'create'),
  ];
  const plan = join(zec.home, 'plan.json');
  writeFileSync(plan, JSON.stringify({ format_version: '1.2', resource_changes }));
  try {
    const { code, stdout, stderr } = await zec.run(['review', plan, '--json']);
    expect([code, stderr]).toEqual([11, '']);
    const { changes } = JSON.parse(stdout) as {
      changes: { kind: string; nic: { id: string; status: string }; risks: { code: string }[] }[];
    };
    expect(changes).toHaveLength(8 * INSTANCES + 1);
    expect(
      changes.every(({ nic: { id, status } }) => status === (id === 'nic-more' ? 'AVAILABLE' : 'USED')),
    ).toBe(true);
    const risks = changes.flatMap(({ nic: { id }, risks }) => risks.map(({ code }) => `${id} ${code}`));
    expect(risks).toEqual(['nic-more nic-limit']);
    const ids = zec.simulator.cloud
      .requests()
      .map(({ parameters }) => parameters as { nicIds?: string[]; instanceIds?: string[] });
    const asked = (each: (request: (typeof ids)[number]) => string[] | undefined) =>
      ids.flatMap((request) => each(request)?.length ?? []);
    expect(asked(({ nicIds }) => nicIds)).toEqual([...Array<number>(80).fill(100), 1]);
    expect(asked(({ instanceIds }) => instanceIds)).toEqual(Array<number>(10).fill(100));
  } finally {
    await zec.close();
  }
});
