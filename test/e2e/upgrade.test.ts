import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TerraformStack } from 'cdktf';
import { NicAttachment } from '../../lib';
import { BUNDLE } from '../cli/zec-nic';
import { descendants, eventually, isRunning } from '../support/processes';
import { describeWithTerraform } from '../support/terraform';
import { Deployment } from './deployment';

const context = { 'zec:carrier': 'terraform_data' };
const PAIRS = { 'nic-1': 'ins-1', 'nic-2': 'ins-2' };
const world = {
  instances: [{ instanceId: 'ins-1' }, { instanceId: 'ins-2' }],
  nics: [{ nicId: 'nic-1' }, { nicId: 'nic-2' }],
};

const declare = (pairs: Readonly<Record<string, string>>) => (stack: TerraformStack) => {
  for (const [nicId, instanceId] of Object.entries(pairs))
    new NicAttachment(stack, nicId, { nicId, instanceId });
};

/** The blocks of version 0.1.0: one to detach, one to attach and one to confirm for each attachment. */
function layoutOf010(pairs: Readonly<Record<string, string>>): object {
  const block = (command: string, more: object) => ({
    for_each: '${local.nic_attachment}',
    triggers_replace: { nic_id: '${each.value.nic_id}', instance_id: '${each.value.instance_id}' },
    provisioner: [
      {
        'local-exec': {
          ...(command === 'delete' ? { when: 'destroy' } : {}),
          interpreter: [process.execPath, BUNDLE],
          command,
          environment: {
            ZEC_NIC_ID: '${self.triggers_replace.nic_id}',
            ZEC_INSTANCE_ID: '${self.triggers_replace.instance_id}',
          },
        },
      },
    ],
    ...more,
  });
  const of = (name: string) => `terraform_data.${name}`;
  return {
    locals: {
      nic_attachment: Object.fromEntries(
        Object.entries(pairs).map(([nic_id, instance_id]) => [nic_id, { nic_id, instance_id }]),
      ),
    },
    resource: {
      terraform_data: {
        nic_attachment_release: block('delete', {}),
        nic_attachment: block('create', { depends_on: [of('nic_attachment_release')] }),
        nic_attachment_confirmation: block('create', {
          depends_on: [of('nic_attachment')],
          lifecycle: { replace_triggered_by: [`${of('nic_attachment')}[each.key]`] },
        }),
      },
    },
    terraform: { backend: { local: { path: 'terraform.tfstate' } } },
  };
}

describeWithTerraform('upgrading a state of version 0.1.0', () => {
  let d: Deployment;
  beforeEach(async () => {
    d = await Deployment.start(world, context);
    d.synth(declare({}));
    writeFileSync(join(d.directory, 'cdk.tf.json'), JSON.stringify(layoutOf010(PAIRS)));
  });
  afterEach(() => d.close());

  test('changes nothing in the cloud, and a later removal and destroy detach', async () => {
    await d.apply();
    expect(d.changes).toHaveLength(2);
    d.synth(declare(PAIRS));
    await d.apply();
    expect(d.changes).toHaveLength(2);
    expect(d.stateAddresses()).toEqual([
      'terraform_data.nic_attachment["nic-1"]',
      'terraform_data.nic_attachment["nic-2"]',
      'terraform_data.nic_attachment_confirmation',
      'terraform_data.nic_attachment_convergence',
    ]);
    expect(await d.plan()).toEqual([]);
    d.synth(declare({ 'nic-2': 'ins-2' }));
    await d.apply();
    expect([d.nic('nic-1'), d.nic('nic-2')]).toEqual(['AVAILABLE free', 'USED ins-2']);
    await d.destroy();
    expect(d.nic('nic-2')).toBe('AVAILABLE free');
  });

  test('detaches an attachment that the same deploy removes', async () => {
    await d.apply();
    d.synth(declare({ 'nic-2': 'ins-2' }));
    await d.apply();
    expect([d.nic('nic-1'), d.nic('nic-2')]).toEqual(['AVAILABLE free', 'USED ins-2']);
  });

  test.each(['SIGKILL of Terraform', 'SIGKILL of the handler'])(
    'after a %s, the next apply completes and a destroy detaches everything',
    async (kill) => {
      d.simulator.cloud.patch({ instances: { 'ins-2': { status: 'BOOTING' } } });
      const apply = await d.start(['apply', '-auto-approve']);
      await eventually('one is attached and the other is pending', () =>
        ['nic-1 is attached to instance ins-1', 'ins-2 to become RUNNING'].every((each) =>
          apply.output().includes(each),
        ),
      );
      const handlers = descendants(apply.pid).filter(({ args }) => args.includes(BUNDLE));
      if (kill.includes('Terraform')) apply.kill('SIGKILL');
      for (const { pid } of handlers) process.kill(pid, 'SIGKILL');
      await apply.finished;
      await eventually('all handlers have exited', () => !handlers.some(({ pid }) => isRunning(pid)));
      d.simulator.cloud.patch({ instances: { 'ins-2': { status: 'RUNNING' } } });
      d.synth(declare(PAIRS));
      await d.apply();
      expect([d.nic('nic-1'), d.nic('nic-2')]).toEqual(['USED ins-1', 'USED ins-2']);
      expect(await d.plan()).toEqual([]);
      await d.destroy();
      expect([d.nic('nic-1'), d.nic('nic-2')]).toEqual(['AVAILABLE free', 'AVAILABLE free']);
    },
  );
});
