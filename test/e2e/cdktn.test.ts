import { DataResource, TerraformOutput, Token } from 'cdktf';
import type { TerraformStack } from 'cdktf';
import { Convergence, LocalExecRunner, NicAttachment, ProviderRunner } from '../../lib';
import type { AttachmentRunner } from '../../lib';
import { describeWithTerraform } from '../support/terraform';
import { Deployment } from './deployment';

const WORLD = {
  instances: [{ instanceId: 'ins-1' }, { instanceId: 'ins-2' }],
  nics: [{ nicId: 'nic-1' }, { nicId: 'nic-2' }],
};

// jest.config.mjs runs this with cdktn instead of cdktf, which all other tests deploy with.
describeWithTerraform('one life cycle of attachments', () => {
  test.each<[name: string, runner: (stack: TerraformStack) => AttachmentRunner]>([
    ['local-exec runner', (stack) => LocalExecRunner.of(stack)],
    ['provider runner', (stack) => new ProviderRunner(stack, 'zec', { convergence: Convergence.TOGETHER })],
  ])('with the %s', async (_, runner) => {
    const d = await Deployment.start(WORLD, { 'zec:carrier': 'terraform_data' });
    const deploy = async (attachments: Readonly<Record<string, string>>) => {
      d.synth((stack) => {
        runner(stack);
        const before = new DataResource(stack, 'before', { input: Token.asAny('nic-1') });
        for (const [nic, instanceId] of Object.entries(attachments)) {
          const nicId = nic === 'nic-1' ? before.output.toString() : nic;
          const attachment = new NicAttachment(stack, `web-${nic}`, { nicId, instanceId });
          new TerraformOutput(stack, `out-${nic}`, { value: attachment.id });
        }
      });
      await d.apply();
      expect(await d.plan()).toEqual([]);
      return [d.nic('nic-1'), d.nic('nic-2')];
    };
    try {
      expect(await deploy({ 'nic-1': 'ins-1', 'nic-2': 'ins-2' })).toEqual(['USED ins-1', 'USED ins-2']);
      expect(await deploy({ 'nic-1': 'ins-2' })).toEqual(['USED ins-2', 'AVAILABLE free']);
      await d.destroy();
      expect([d.nic('nic-1'), d.stateAddresses()]).toEqual(['AVAILABLE free', []]);
    } finally {
      await d.close();
    }
  });
});
