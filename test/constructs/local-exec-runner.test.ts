import { provider } from '@cdktf/provider-null';
import { TerraformProvider, Testing } from 'cdktf';
import { Carrier, LocalExecRunner, NicAttachment } from '../../lib';
import type { LocalExecRunnerProps } from '../../lib';
import { BUILT_IN, comparable, stackWith, synth } from './stacks';

const ids = { nicId: 'nic-1', instanceId: 'ins-1' };

function twoAttachments(context: Readonly<Record<string, string>>) {
  const stack = stackWith(context);
  new NicAttachment(stack, 'web', ids);
  new NicAttachment(stack, 'db', {
    nicId: 'nic-2',
    instanceId: 'ins-2',
    timeouts: { create: '15m', delete: '20m' },
  });
  return stack;
}

test.each(['null_resource', 'terraform_data'])('the synthesized JSON of %s', (carrier) => {
  const text = Testing.synth(twoAttachments({ 'zec:carrier': carrier }), true);
  expect(comparable(text)).toMatchSnapshot();
});

describe('the carrier', () => {
  const carriers = (stack: ReturnType<typeof stackWith>) => Object.keys(synth(stack).resource);

  test('is null_resource by default', () => {
    const stack = stackWith();
    new NicAttachment(stack, 'web', ids);
    expect(carriers(stack)).toEqual(['null_resource']);
    expect(synth(stack).terraform?.required_providers).toMatchObject({ null: { source: 'null' } });
  });

  test('is set by the runner’s prop, then by the context', () => {
    const byContext = stackWith(BUILT_IN);
    new NicAttachment(byContext, 'web', ids);
    expect(carriers(byContext)).toEqual(['terraform_data']);
    expect(synth(byContext).terraform?.required_providers).toBeUndefined();
    const byProp = stackWith(BUILT_IN);
    new LocalExecRunner(byProp, 'zec', { carrier: Carrier.NULL_RESOURCE });
    new NicAttachment(byProp, 'web', ids);
    expect(carriers(byProp)).toEqual(['null_resource']);
  });

  test('an unknown carrier in the context is an error that lists the known carriers', () => {
    const stack = stackWith({ 'zec:carrier': 'null-resource' });
    expect(() => new NicAttachment(stack, 'web', ids)).toThrow(
      /"zec:carrier" is "null-resource"; use "null_resource" or "terraform_data"/,
    );
    const props = { carrier: 'null-resource' } as unknown as LocalExecRunnerProps;
    expect(() => new LocalExecRunner(stack, 'zec', props)).toThrow(
      'net/zec: carrier is "null-resource"; use "null_resource" or "terraform_data".',
    );
    // The context is not read if the runner sets the carrier.
    new LocalExecRunner(stack, 'mine', { carrier: Carrier.TERRAFORM_DATA });
  });

  test('a null provider declared by the user is used, wherever it is declared', () => {
    const stack = stackWith();
    new NicAttachment(stack, 'web', ids);
    new provider.NullProvider(stack, 'mine');
    expect(synth(stack).provider?.null).toHaveLength(1);
  });

  test.each([
    ['null', 1],
    ['hashicorp/null', 1],
    ['registry.terraform.io/hashicorp/null', 1],
    ['example/null', 2],
  ])('a provider of another class with the source %s: the stack has %d', (source, count) => {
    class Generated extends TerraformProvider {}
    const stack = stackWith();
    new Generated(stack, 'mine', { terraformResourceType: 'null', terraformProviderSource: source });
    new NicAttachment(stack, 'web', ids);
    expect(synth(stack).provider?.null).toHaveLength(count);
  });
});

test('an unknown runner in the context is an error that lists the known runners', () => {
  const stack = stackWith({ 'zec:runner': 'ssh' });
  expect(() => new NicAttachment(stack, 'web', ids)).toThrow(/"zec:runner" is .*ssh.*; use "local-exec"/);
});

test('of() creates one runner per stack and returns it again; an explicitly created first runner is reused', () => {
  const stack = stackWith(BUILT_IN);
  expect(LocalExecRunner.of(stack)).toBe(LocalExecRunner.of(stack));
  const other = stackWith(BUILT_IN);
  const mine = new LocalExecRunner(other, 'mine');
  expect(LocalExecRunner.of(other)).toBe(mine);
});

test('without attachments the blocks remain with an empty for_each', () => {
  const stack = stackWith(BUILT_IN);
  LocalExecRunner.of(stack);
  const { resource, locals } = synth(stack);
  expect(Object.keys(resource.terraform_data ?? {})).toEqual([
    'nic_attachment',
    'nic_attachment_confirmation',
    'nic_attachment_convergence',
  ]);
  expect(locals).toEqual({ nic_attachment: {} });
});

test('a second runner has its own blocks', () => {
  const stack = stackWith(BUILT_IN);
  new NicAttachment(stack, 'web', ids);
  const late = new LocalExecRunner(stack, 'late');
  new NicAttachment(stack, 'db', { nicId: 'nic-2', instanceId: 'ins-2', runner: late });
  const { resource, locals } = synth(stack);
  const names = Object.keys(resource.terraform_data ?? {});
  expect(names).toHaveLength(6);
  expect(names).toEqual(
    expect.arrayContaining(['nic_attachment', 'nic_attachment_confirmation', 'nic_attachment_convergence']),
  );
  expect(Object.values(locals ?? {}).map((entries) => Object.keys(entries))).toEqual(
    expect.arrayContaining([['nic-1'], ['nic-2']]),
  );
});

test('no value reaches a shell: node gets a file and a subcommand, IDs are passed in the environment', () => {
  const { resource } = synth(twoAttachments(BUILT_IN));
  const runs = Object.values(resource.terraform_data ?? {}).map(
    ({ provisioner }) => provisioner?.[0]?.['local-exec'],
  );
  expect(runs.map((run) => run?.command).sort()).toEqual(['converge', 'converge', 'delete']);
  for (const run of runs) {
    expect(run?.interpreter).toEqual([
      'node',
      expect.stringMatching(/^\$\{path\.module\}\/assets\/[\w-]+\/[0-9A-F]{32}\/zec-nic\.js$/),
    ]);
    expect(Object.keys(run?.environment ?? {}).sort()).toEqual(
      run?.command === 'delete' ? ['ZEC_INSTANCE_ID', 'ZEC_NIC_ID', 'ZEC_TIMEOUT'] : ['ZEC_ATTACHMENTS_1'],
    );
  }
});
