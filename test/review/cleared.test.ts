import { readInventory, reviewOf } from '../../lib/review';
import type { Inventory } from '../../lib/review/inventory';
import { readPlan } from '../../lib/terraform';
import { clientOf, Deployment } from '../e2e/deployment';
import { describeWithTerraform } from '../support/terraform';
import { declaring, PROVIDER } from './plans';

describeWithTerraform('a plan that only removes attachments from the state that no longer exist', () => {
  let deployment: Deployment;
  afterAll(() => deployment.close());

  const review = (json: string, inventory?: Inventory) => {
    const { verdict, changes } = reviewOf(readPlan(Buffer.from(json)), inventory);
    const all = changes.map(({ kind, addresses, from, to, steps }) => [
      kind,
      addresses,
      from?.id,
      to?.id,
      steps,
    ]);
    return { verdict, changes: all };
  };
  const cleared = {
    verdict: 'changes',
    changes: [['clear', ['zec_nic_attachment.nic-1'], 'ins-1', undefined, []]],
  };

  beforeAll(async () => {
    const world = { instances: [{ instanceId: 'ins-1' }], nics: [{ nicId: 'nic-1' }] };
    deployment = await Deployment.fast(world, {});
    deployment.synth(declaring(PROVIDER, { 'nic-1': 'ins-1' }));
    await deployment.apply();
    deployment.simulator.cloud.patch({ nics: { 'nic-1': { status: 'AVAILABLE', instanceId: null } } });
  });

  test.each([
    ['a refresh-only plan', ['-refresh-only'], { 'nic-1': 'ins-1' }],
    ['a plan without their declarations', [], {}],
  ])('%s', async (_, options, pairs) => {
    deployment.synth(declaring(PROVIDER, pairs));
    const json = await deployment.savedPlan(...options);
    expect(review(json)).toEqual(cleared);
    const client = clientOf(deployment);
    const { before } = readPlan(Buffer.from(json)).attachments[0] ?? {};
    expect(review(json, await readInventory(client, [before]))).toEqual(cleared);
    await client.close();
  });

  test('a plan that attaches them again', async () => {
    deployment.synth(declaring(PROVIDER, { 'nic-1': 'ins-1' }));
    const { changes } = review(await deployment.savedPlan());
    expect(changes.map(([kind]) => kind)).toEqual(['attach']);
  });
});
