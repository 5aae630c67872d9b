import { Lazy, TerraformStack, Testing } from 'cdktf';
import { LocalExecRunner, NicAttachment, ProviderRunner } from '../../lib';
import { BUILT_IN, reported, stackWith, synth } from './stacks';

const reference = (expression: string) => Lazy.stringValue({ produce: () => expression });
const attach = (
  stack: TerraformStack,
  id: string,
  nicId: string,
  instanceId: string,
  runner?: LocalExecRunner | ProviderRunner,
) => new NicAttachment(stack, id, { nicId, instanceId, ...(runner === undefined ? {} : { runner }) });

describe('swapped nicId and instanceId', () => {
  const warned = (...attachments: (readonly [nicId: string, instanceId: string])[]) => {
    const stack = stackWith(BUILT_IN);
    for (const [index, [nicId, instanceId]] of attachments.entries())
      attach(stack, `a${index}`, nicId, instanceId);
    return reported(stack);
  };

  test.each([
    ['nic-1', 'ins-1'],
    ['5551', '5552'],
    ['web', 'db'],
    ['insight-nic', 'nicolas'],
    ['${zenlayercloud_zec_vnic.a.id}', '${zenlayercloud_zec_instance.b.id}'],
    ['${data.zec_instance.it.nic_ids[0]}', '${zenlayercloud_zec_vnic_attachment.a.instance_id}'],
    ['${zenlayercloud_zec_instance.b.primary_nic_id}', '${data.zec_nic.it.instance_id}'],
    ['${var.nic}', '${var.instance}'],
  ])('no warning for %j and %j', (nicId, instanceId) => {
    expect(warned([reference(nicId), reference(instanceId)])).toEqual([]);
  });

  test.each([
    ['ins-1', 'nic-1', 'ins-1', 'nic-1'],
    ['INSTANCE_9', 'vnic-1', 'INSTANCE_9', 'vnic-1'],
    [
      '${zenlayercloud_zec_instance.web["a"].id}',
      '${data.zec_nic.it.nic_id}',
      '${zenlayercloud_zec_instance.web["a"].id}',
      '${data.zec_nic.it.nic_id}',
    ],
  ])('warning for %j and %j', (nicId, instanceId) => {
    const lines = warned([reference(nicId), reference(instanceId)]);
    expect(lines).toEqual([
      expect.stringMatching(
        /^warn net\/a0: nicId .* looks like the ID of an instance, but must be the ID of a vNIC\. Check/,
      ),
      expect.stringMatching(
        /^warn net\/a0: instanceId .* looks like the ID of a vNIC, but must be the ID of an instance/,
      ),
    ]);
    expect(lines.join()).toContain(JSON.stringify(nicId));
  });

  test('an ID used as nicId in one attachment and as instanceId in another, whatever its prefix', () => {
    expect(warned(['111', '222'], ['222', '333'])).toEqual([
      expect.stringMatching(/^warn net\/a0: instanceId "222" is also used as the ID of a vNIC in this stack/),
      expect.stringMatching(/^warn net\/a1: nicId "222" is also used as the ID of an instance in this stack/),
    ]);
    expect(warned(['111', '111'])).toHaveLength(2);
  });
});

test('an ID resolved only at synth is validated at synth, and the error names the path', () => {
  const stack = stackWith(BUILT_IN);
  attach(stack, 'web', reference('$(touch x)'), 'ins-1');
  expect(() => synth(stack)).toThrow(
    /nicId of "net\/web" resolves to "\$\(touch x\)", which is invalid\. An ID is 1 to 128 letters/,
  );
});

describe('unused runner', () => {
  const LOCAL = 'net/cdktf-zenlayer-zec-local-exec';
  const KEEP =
    'Keep it for one deploy after its last attachment is removed, because it performs the detach; then remove it.';

  test('a runner kept to destroy the last attachment is reported as info', () => {
    const local = stackWith(BUILT_IN);
    LocalExecRunner.of(local);
    expect(reported(local)).toEqual([`info ${LOCAL}: No attachment uses this runner. ${KEEP}`]);
    const provider = stackWith();
    ProviderRunner.of(provider);
    expect(reported(provider)).toEqual([
      `info net/cdktf-zenlayer-zec-provider: No attachment uses this runner. ${KEEP}`,
    ]);
  });

  test('a runner created in addition to the one in use gets a warning that names both and the fix', () => {
    const stack = stackWith(BUILT_IN);
    attach(stack, 'web', 'nic-1', 'ins-1');
    new ProviderRunner(stack, 'better');
    expect(reported(stack)).toEqual([
      `warn net/better: No attachment uses this runner; "${LOCAL}" serves those of this stack. To use this one, pass it as "runner". ${KEEP}`,
    ]);
  });

  test('a default runner is reported as info when every attachment names another runner', () => {
    const stack = stackWith(BUILT_IN);
    LocalExecRunner.of(stack);
    attach(stack, 'web', 'nic-1', 'ins-1', new LocalExecRunner(stack, 'late'));
    expect(reported(stack)).toEqual([`info ${LOCAL}: No attachment uses this runner. ${KEEP}`]);
  });

  test('a runner in use is not reported, and a second synth does not repeat annotations', () => {
    const stack = stackWith(BUILT_IN);
    attach(stack, 'web', 'nic-1', 'ins-1');
    expect(reported(stack)).toEqual([]);
    const unused = stackWith(BUILT_IN);
    LocalExecRunner.of(unused);
    expect([reported(unused).length, reported(unused).length]).toEqual([1, 1]);
  });

  test('unused runners in two stacks are reported separately', () => {
    const app = Testing.app({ context: { ...BUILT_IN } });
    const [one, two] = ['one', 'two'].map((name) => new TerraformStack(app, name));
    if (one === undefined || two === undefined) throw new Error('two stacks');
    attach(one, 'web', 'nic-1', 'ins-1');
    LocalExecRunner.of(two);
    expect([reported(one), reported(two).length]).toEqual([[], 1]);
  });
});
