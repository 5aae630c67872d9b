import { DataResource, Op, TerraformIterator, TerraformOutput, TerraformVariable, Testing } from 'cdktf';
import type { TerraformStack } from 'cdktf';
import {
  Convergence,
  DataZecNics,
  LocalExecRunner,
  NicAttachment,
  ProviderRunner,
  WhenStopped,
} from '../../lib';
import type { NicAttachmentProps } from '../../lib';
import { BUILT_IN, reported, stackWith, synth } from './stacks';

const ids = { nicId: 'nic-1', instanceId: 'ins-1' };

function providerStack(convergence = Convergence.EACH): TerraformStack {
  const stack = stackWith();
  new ProviderRunner(stack, 'zec', { convergence });
  return stack;
}
const blockOf = (stack: TerraformStack, name = 'nic-1') => synth(stack).resource.zec_nic_attachment?.[name];
const attach = (stack: TerraformStack, id: string, more: Partial<NicAttachmentProps> = {}) =>
  new NicAttachment(stack, id, { nicId: `nic-${id}`, instanceId: 'ins-1', ...more });

describe('lifecycle', () => {
  test('is written with the postcondition of the plan check first', () => {
    const stack = providerStack();
    const trigger = new DataResource(stack, 'trigger', {});
    const mtu = new TerraformVariable(stack, 'mtu', { type: 'number' });
    new NicAttachment(stack, 'web', {
      ...ids,
      lifecycle: {
        preventDestroy: true,
        ignoreChanges: ['instance_id'],
        replaceTriggeredBy: [trigger.fqn, 'terraform_data.trigger.output'],
        precondition: [{ condition: Op.gt(mtu.numberValue, 1280), errorMessage: 'It is too small.' }],
        postcondition: [
          { condition: '${self.primary_ipv6 != null}', errorMessage: 'It has no IPv6 address.' },
        ],
        createBeforeDestroy: false,
      },
    });
    expect(blockOf(stack)?.lifecycle).toEqual({
      prevent_destroy: true,
      ignore_changes: ['instance_id'],
      replace_triggered_by: ['terraform_data.trigger', 'terraform_data.trigger.output'],
      precondition: [{ condition: '${(var.mtu > 1280)}', error_message: 'It is too small.' }],
      postcondition: [
        expect.objectContaining({ condition: '${self.preflight_error == null}' }),
        { condition: '${self.primary_ipv6 != null}', error_message: 'It has no IPv6 address.' },
      ],
    });
  });

  test('from JavaScript, one condition or trigger needs no list', () => {
    const stack = providerStack();
    const condition = { condition: '${true}', errorMessage: 'No.' };
    const lifecycle = { precondition: condition, postcondition: condition, replaceTriggeredBy: 'x.y' };
    new NicAttachment(stack, 'web', { ...ids, lifecycle: lifecycle as never });
    const written = { condition: '${true}', error_message: 'No.' };
    expect(blockOf(stack)?.lifecycle).toEqual({
      precondition: [written],
      postcondition: [expect.anything(), written],
      replace_triggered_by: ['x.y'],
    });
  });

  test('createBeforeDestroy is an error that says why', () => {
    const declare = (stack: TerraformStack) => () =>
      new NicAttachment(stack, 'web', { ...ids, lifecycle: { createBeforeDestroy: true } });
    expect(declare(providerStack())).toThrow(
      'net/web: lifecycle.createBeforeDestroy is not possible: a vNIC has at most one instance',
    );
  });
});

describe('forEach', () => {
  const perNic = (stack: TerraformStack, id: string, nicIds: string[]) => {
    const forEach = TerraformIterator.fromList(nicIds);
    return attach(stack, id, { nicId: forEach.getString('id'), forEach });
  };

  test('declares one attachment for each item, and its attributes are lists', () => {
    const stack = providerStack();
    const forEach = TerraformIterator.fromMap({ 'nic-1': 'ins-1', 'nic-2': 'ins-2' });
    const all = new NicAttachment(stack, 'all', {
      nicId: forEach.key,
      instanceId: forEach.getString('id'),
      forEach,
    });
    new TerraformOutput(stack, 'out', { value: [all.id, all.macAddress, all.privateIps] });
    expect(blockOf(stack, 'all')).toMatchObject({
      for_each: { 'nic-1': 'ins-1', 'nic-2': 'ins-2' },
      nic_id: '${each.key}',
      instance_id: '${each.value.id}',
    });
    expect(synth(stack).output?.out?.value).toEqual(
      ['id', 'mac_address', 'private_ips'].map((name) => `\${values(zec_nic_attachment.all)[*].${name}}`),
    );
  });

  test('iterates over a data source', () => {
    const stack = providerStack();
    perNic(stack, 'all', new DataZecNics(stack, 'nics', { tags: { team: 'red' } }).nicIds);
    expect(blockOf(stack, 'all')?.for_each).toBe('${toset(data.zec_nics.nics.nic_ids)}');
  });

  test('of several constructs is not taken for one vNIC attached twice, or for swapped IDs', () => {
    const stack = providerStack();
    perNic(stack, 'a', ['nic-1']);
    perNic(stack, 'b', ['nic-2']);
    const forEach = TerraformIterator.fromList(['ins-1']);
    attach(stack, 'c', { instanceId: forEach.getString('id'), forEach });
    expect(reported(stack)).toEqual([]);
  });

  test('with Convergence.TOGETHER is an error that names the fix', () => {
    expect(() => perNic(providerStack(Convergence.TOGETHER), 'all', ['nic-1'])).toThrow(
      'net/all: forEach is not possible with Convergence.TOGETHER. Give it a ProviderRunner of its own with Convergence.EACH',
    );
  });
});

test('lifecycle and forEach in HCL are as complete', () => {
  process.env.SYNTH_HCL_OUTPUT = 'true';
  try {
    const stack = providerStack();
    const trigger = new DataResource(stack, 'trigger', {});
    const forEach = TerraformIterator.fromList(['nic-1']);
    attach(stack, 'all', {
      nicId: forEach.getString('id'),
      forEach,
      lifecycle: {
        preventDestroy: true,
        ignoreChanges: ['instance_id'],
        replaceTriggeredBy: [trigger.fqn],
        precondition: [{ condition: '${true}', errorMessage: 'It is false.' }],
      },
    });
    const hcl = (Testing.synthHcl(stack, true) as unknown as string).replace(/\s+/g, ' ');
    for (const part of [
      'for_each = "${toset(["nic-1"])}"',
      'prevent_destroy = true',
      'ignore_changes = [instance_id]',
      'replace_triggered_by = [terraform_data.trigger]',
      'precondition { condition = "${true}"',
    ])
      expect(hcl).toContain(part);
  } finally {
    delete process.env.SYNTH_HCL_OUTPUT;
  }
});

describe('dependsOn', () => {
  test('orders the attachments of one instance under the provider runner', () => {
    const stack = providerStack();
    const first = attach(stack, 'first');
    const second = attach(stack, 'second', { dependsOn: [first] });
    attach(stack, 'third', { dependsOn: [second, new DataResource(stack, 'before', {})] });
    expect(blockOf(stack, 'nic-second')?.depends_on).toEqual(['zec_nic_attachment.nic-first']);
    expect(blockOf(stack, 'nic-third')?.depends_on).toEqual([
      'zec_nic_attachment.nic-second',
      'terraform_data.before',
    ]);
  });

  test.each<[string, (stack: TerraformStack) => unknown, string]>([
    ['local-exec runner', (stack) => new LocalExecRunner(stack, 'runner'), 'of one runner'],
    [
      'provider runner with Convergence.TOGETHER',
      (stack) => new ProviderRunner(stack, 'runner', { convergence: Convergence.TOGETHER }),
      'that converge together',
    ],
  ])('between attachments of one %s is an error that says why', (_, declare, why) => {
    const stack = stackWith(BUILT_IN);
    declare(stack);
    attach(stack, 'second', { dependsOn: [attach(stack, 'first')] });
    expect(() => synth(stack)).toThrow(
      `"net/second" depends on "net/first", and attachments ${why} cannot be ordered relative to each other. Give one`,
    );
  });

  test('on anything else is possible under the local-exec runner', () => {
    const stack = stackWith(BUILT_IN);
    attach(stack, 'web', { dependsOn: [new DataResource(stack, 'before', {})] });
    expect(synth(stack).resource.terraform_data?.nic_attachment?.depends_on).toEqual([
      'terraform_data.before',
    ]);
  });
});

test.each([
  { skipDestroy: true },
  { whenStopped: WhenStopped.START },
  { lifecycle: { preventDestroy: true } },
  { forEach: TerraformIterator.fromList(['nic-1']) },
])('under the local-exec runner %j is an error that names the runner which has it', (more) => {
  expect(() => attach(stackWith(BUILT_IN), 'web', more)).toThrow(
    `net/web: ${Object.keys(more).join()} requires the provider runner. Omit it, or give the attachment a ProviderRunner.`,
  );
});
