import { readdirSync } from 'node:fs';
import { DataResource, TerraformOutput, TerraformVariable, Token } from 'cdktf';
import type { TerraformResource, TerraformStack } from 'cdktf';
import { Carrier, Convergence, LocalExecRunner, NicAttachment, ProviderRunner } from '../../lib';
import type { AttachmentRunner } from '../../lib';
import { zecNic } from '../review/zec-nic';
import { nullProvider } from '../support/null-provider/install';
import type { NullProvider } from '../support/null-provider/install';
import { describeSince, describeWithTerraform, IMPORT_BLOCKS } from '../support/terraform';
import { Deployment } from './deployment';
import type { Format } from './deployment';

const world = {
  instances: [{ instanceId: 'ins-1' }],
  nics: [{ nicId: 'nic-1' }, { nicId: 'nic-2' }],
};
const web = { nicId: 'nic-1', instanceId: 'ins-1' };

/** Two attachments in sequence, a consumer, and meta-arguments that users add to a resource. */
const declare = (makeRunner: (stack: TerraformStack) => AttachmentRunner) => (stack: TerraformStack) => {
  const runner = makeRunner(stack);
  const first = new NicAttachment(stack, 'web', { ...web, timeouts: { create: '15m' }, runner });
  const before = new DataResource(stack, 'before', { input: Token.asAny('nic-2') });
  const nicId = before.output.toString();
  const second = new NicAttachment(stack, 'db', { nicId, instanceId: 'ins-1', runner });
  second.node.addDependency(before);
  new DataResource(stack, 'after', { input: Token.asAny(first.instanceId) }).node.addDependency(first);
  new TerraformOutput(stack, 'id', { value: first.id });
};

const RUNNERS: Readonly<Record<string, (stack: TerraformStack) => AttachmentRunner>> = {
  terraform_data: (stack) => new LocalExecRunner(stack, 'zec', { carrier: Carrier.TERRAFORM_DATA }),
  null_resource: (stack) => new LocalExecRunner(stack, 'zec', { carrier: Carrier.NULL_RESOURCE }),
  'the provider runner': (stack) => new ProviderRunner(stack, 'zec', { clientTimeout: 20, preflight: true }),
  'Convergence.TOGETHER': (stack) => new ProviderRunner(stack, 'zec', { convergence: Convergence.TOGETHER }),
};

const STACKS: Readonly<Record<string, (stack: TerraformStack) => void>> = {
  ...Object.fromEntries(Object.entries(RUNNERS).map(([name, runner]) => [name, declare(runner)])),
  'a runner without attachments': (stack) => LocalExecRunner.of(stack),
  'two provider runners': (stack) => {
    declare((where) => new ProviderRunner(where, 'zec'))(stack);
    const token = new TerraformVariable(stack, 'token', { sensitive: true, type: 'string' });
    new NicAttachment(stack, 'other', {
      nicId: 'nic-3',
      instanceId: 'ins-1',
      runner: new ProviderRunner(stack, 'second', { token: token.stringValue }),
    });
  },
};

/** With a resource that the user changed. */
const IMPORT = (stack: TerraformStack): void => {
  const attachment = new NicAttachment(stack, 'web', { ...web, runner: new ProviderRunner(stack, 'zec') });
  attachment.importFrom('nic-1:ins-1');
  const resource = attachment.node.defaultChild as TerraformResource;
  resource.addOverride('lifecycle.prevent_destroy', true);
  resource.addOverride('lifecycle.ignore_changes', ['timeouts']);
};

function synthAs(format: Format, d: Deployment, stack: (stack: TerraformStack) => void): void {
  d.synth(stack, format);
  expect(readdirSync(d.directory)).toContain(format === 'HCL' ? 'cdk.tf' : 'cdk.tf.json');
}

describeWithTerraform('a stack as JSON and as HCL', () => {
  let d: Deployment;
  let provider: NullProvider;
  beforeAll(async () => {
    provider = await nullProvider();
  });
  afterAll(() => provider.remove());
  beforeEach(async () => {
    d = await Deployment.fast(world, {}, provider.install);
  });
  afterEach(() => d.close());

  describe.each(['JSON', 'HCL'] as const)('%s', (format) => {
    const isValid = async (stack: (stack: TerraformStack) => void) => {
      synthAs(format, d, stack);
      const { code, output } = await d.terraform(['validate']);
      expect([code, output]).toEqual([0, expect.stringContaining('The configuration is valid')]);
      // The framework writes quoted references for a consumer.
      const warned = [...output.matchAll(/in resource "\w+" "(\w+)"/g)].map(([, name]) => name);
      expect(warned.filter((each) => each !== 'after')).toEqual([]);
    };

    test.each(Object.entries(STACKS))(
      'Terraform finds it valid, and warns of none of our blocks: %s',
      (_, stack) => isValid(stack),
    );

    describeSince(IMPORT_BLOCKS, 'an import', () => {
      test('Terraform finds it valid, and warns of none of our blocks', () => isValid(IMPORT));
    });
  });

  test.each(Object.keys(RUNNERS))('a life cycle of HCL: %s', async (name) => {
    const stack = STACKS[name] ?? (() => undefined);
    synthAs('HCL', d, stack);
    await d.apply();
    expect([d.nic('nic-1'), d.nic('nic-2')]).toEqual(['USED ins-1', 'USED ins-1']);
    expect(await d.plan()).toEqual([]);
    const drift = await zecNic(d, ['drift', '--stack', d.directory]);
    expect([drift.code, drift.stdout]).toEqual([0, expect.stringMatching(/^In sync\n2 in-sync\n/)]);
    await d.destroy();
    expect([d.nic('nic-1'), d.nic('nic-2')]).toEqual(['AVAILABLE free', 'AVAILABLE free']);
  });
});
