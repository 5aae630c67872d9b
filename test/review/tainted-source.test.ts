import type { TerraformStack } from 'cdktf';
import { NicAttachment, ProviderRunner } from '../../lib';
import { Deployment } from '../e2e/deployment';
import { run } from '../support/processes';
import { describeSince, TERRAFORM } from '../support/terraform';
import { declaring, TERRAFORM_DATA } from './plans';
import { keep, zecNic } from './zec-nic';

const SOURCE = 'terraform_data.nic_attachment["nic-1"]';

describeSince(
  { terraform: '1.8', opentofu: '1.10' },
  'moving a tainted attachment to the provider runner',
  () => {
    let d: Deployment;
    beforeAll(async () => {
      d = await Deployment.fast({ instances: [{ instanceId: 'ins-1' }], nics: [{ nicId: 'nic-1' }] }, {});
      d.synth(declaring(TERRAFORM_DATA, { 'nic-1': 'ins-1' }));
      await d.apply();
      await terraform('taint', SOURCE);
      d.synth((stack: TerraformStack) => {
        const runner = new ProviderRunner(stack, 'zec');
        new NicAttachment(stack, 'web', { nicId: 'nic-1', instanceId: 'ins-1', runner }).moveFrom(SOURCE);
      });
      await d.initialize();
    });
    afterAll(() => d.close());

    async function terraform(...args: readonly string[]): Promise<void> {
      const { code, output } = await run(TERRAFORM, args, { cwd: d.directory, env: d.environment });
      if (code !== 0) throw new Error(output);
    }

    async function review(): Promise<string> {
      return (await zecNic(d, ['review', keep(d, 'plan.json', await d.savedPlan())])).stdout;
    }

    test('replaces the attachment, and the review says how to avoid that', async () => {
      const text = await review();
      expect(text).toContain('↻ replace  nic-1 at ins-1');
      expect(text).toContain(`note: The attachment is replaced instead of adopted: ${SOURCE} is tainted.`);
      expect(text).toContain('run "terraform untaint" on that address');
    });

    test('adopts the attachment after terraform untaint', async () => {
      await terraform('untaint', SOURCE);
      const text = await review();
      expect(text).toContain('Attachments: 1 keep');
      expect(text).not.toContain('tainted');
    });
  },
);
