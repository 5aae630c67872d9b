import type { TerraformStack } from 'cdktf';
import { DataResource, TerraformOutput, TerraformVariable, Testing } from 'cdktf';
import { Construct } from 'constructs';
import {
  Convergence,
  DataZecNic,
  LocalExecRunner,
  NicAttachment,
  ProviderRunner,
  Scheme,
  WhenStopped,
} from '../../lib';
import type { ProviderRunnerProps } from '../../lib';
import { BUILT_IN, comparable, NIC_GETTERS, stackWith, synth } from './stacks';

const ids = { nicId: 'nic-1', instanceId: 'ins-1' };
const together: ProviderRunnerProps = { convergence: Convergence.TOGETHER };

function stackOf(props: ProviderRunnerProps = {}): TerraformStack {
  const stack = stackWith();
  new ProviderRunner(stack, 'zec', props);
  return stack;
}

const attach = (scope: Construct, id: string) =>
  new NicAttachment(scope, id, { nicId: `nic-${id}`, instanceId: 'ins-1' });

test.each(Object.values(Convergence))(
  'the synthesized JSON of attachments that converge %s',
  (convergence) => {
    const stack = stackOf({ convergence });
    const web = new NicAttachment(stack, 'web', ids);
    new NicAttachment(stack, 'db', { nicId: 'nic-2', instanceId: 'ins-2', timeouts: { create: '15m' } });
    new TerraformOutput(stack, 'out', { value: [web.id, web.nicId, web.instanceId] });
    expect(comparable(Testing.synth(stack, true))).toMatchSnapshot();
  },
);

test('individual convergence is the default and synthesizes no convergence resource', () => {
  const stack = stackOf();
  attach(stack, 'web');
  expect(synth(stack).resource).toMatchObject({
    zec_nic_attachment: { 'nic-web': { nic_id: 'nic-web', instance_id: 'ins-1', provider: 'zec' } },
  });
  expect(Object.keys(synth(stack).resource)).toEqual(['zec_nic_attachment']);
});

describe.each(Object.values(Convergence))('with convergence %s', (convergence) => {
  test('vNIC attributes are references to the resource of the attachment', () => {
    const stack = stackOf({ convergence });
    const web = new NicAttachment(stack, 'web', ids);
    const getters = { ...NIC_GETTERS, attachedAt: 'attached_at' };
    const names = Object.keys(getters) as (keyof typeof getters)[];
    const value = Object.fromEntries(names.map((name) => [name, web[name]]));
    new TerraformOutput(stack, 'out', { value: { ...value, address: web.fqn } });
    expect(synth(stack).output?.out?.value).toEqual({
      ...Object.fromEntries(names.map((name) => [name, `\${zec_nic_attachment.nic-1.${getters[name]}}`])),
      address: '${zec_nic_attachment.nic-1}',
    });
  });
});

test.each([
  ['clientTimeout', 2.5, 'clientTimeout is invalid: 2.5. Expected a whole number of seconds'],
  ['clientTimeout', -1, 'clientTimeout is invalid: -1. Expected a whole number of seconds'],
  ['clientTimeout', 0, 'clientTimeout is invalid: 0. Expected a whole number of seconds'],
  ['clientTimeout', NaN, 'clientTimeout is invalid: NaN. Expected a whole number of seconds'],
  ['clientTimeout', '30', 'clientTimeout is invalid: "30". Expected a whole number of seconds'],
  ['scheme', 'ftp', 'scheme is "ftp"; use "HTTPS" or "HTTP"'],
  ['convergence', 'TOGETHER', 'convergence is "TOGETHER"; use "each" or "together"'],
])('%s %j is an error at synth that names the prop', (prop, value, problem) => {
  expect(() => stackOf({ [prop]: value })).toThrow(`net/zec: ${problem}`);
});

test('settings are written to the provider block, as literals or references', () => {
  const plain = synth(stackOf({ scheme: Scheme.HTTP, clientTimeout: 5, domain: 'localhost:1' }));
  expect(plain.provider?.zec).toEqual([
    { alias: 'zec', scheme: 'HTTP', client_timeout: 5, domain: 'localhost:1' },
  ]);
  const stack = stackWith();
  const seconds = new TerraformVariable(stack, 'seconds', { type: 'number' });
  new ProviderRunner(stack, 'zec', { clientTimeout: seconds.numberValue });
  expect(synth(stack).provider?.zec).toEqual([{ client_timeout: '${var.seconds}' }]);
});

test('a runner with its own account or endpoint keeps its alias when another is removed', () => {
  const aliases = (...runners: readonly [id: string, props?: ProviderRunnerProps][]) => {
    const stack = stackWith();
    const scope = new Construct(stack, 'other');
    for (const [id, props] of runners)
      new ProviderRunner(props?.domain === 'a.example' ? scope : stack, id, props);
    attach(stack, 'web');
    return synth(stack).provider?.zec?.map(({ alias }) => alias);
  };
  const own: [string, ProviderRunnerProps] = ['own', { token: '${var.token}' }];
  expect(aliases(['zec'], own)).toEqual([undefined, 'own']);
  expect(aliases(own)).toEqual(['own']);
  expect(aliases(own, ['zec'], ['more', together])).toEqual(['own', undefined, 'more']);
  expect(aliases(['zec', { accessKeyId: '', domain: '' }])).toEqual([undefined]);
  expect(aliases(['1', { domain: 'a.example' }])).toEqual([expect.stringMatching(/^other_1_[0-9A-F]{8}$/)]);
});

describe('attachments that converge together', () => {
  test('have no convergence resource when there are no attachments', () => {
    const stack = stackOf(together);
    new DataResource(stack, 'other', {});
    expect(Object.keys(synth(stack).resource)).toEqual(['terraform_data']);
  });

  test('have one convergence resource per runner', () => {
    const stack = stackOf(together);
    attach(stack, 'web');
    const late = new ProviderRunner(stack, 'late', together);
    new NicAttachment(stack, 'db', { nicId: 'nic-2', instanceId: 'ins-2', runner: late });
    const blocks = synth(stack).resource.zec_nic_convergence ?? {};
    expect(Object.entries(blocks).map(([name, { attachments }]) => [name, attachments])).toEqual([
      ['late', { 'nic-2': '${zec_nic_attachment.nic-2.id}' }],
      ['zec', { 'nic-web': '${zec_nic_attachment.nic-web.id}' }],
    ]);
  });

  test('are all ordered before dependents of any of them, and after dependencies of any of them', () => {
    const stack = stackOf(together);
    const web = attach(stack, 'web');
    attach(stack, 'db');
    web.node.addDependency(new DataResource(stack, 'before', {}));
    new DataResource(stack, 'after', {}).node.addDependency(web);
    const { zec_nic_attachment, zec_nic_convergence, terraform_data } = synth(stack).resource;
    expect(terraform_data?.after?.depends_on).toEqual(['zec_nic_convergence.zec']);
    expect(zec_nic_attachment?.['nic-web']?.depends_on).toEqual(['terraform_data.before']);
    expect(zec_nic_attachment?.['nic-db']?.depends_on).toBeUndefined();
    expect(zec_nic_convergence?.zec?.depends_on).toBeUndefined();
  });

  test('cannot depend on each other: the error names the fix, and a second runner orders them', () => {
    const stack = stackOf(together);
    const db = attach(stack, 'db');
    attach(stack, 'web').node.addDependency(db);
    expect(() => synth(stack)).toThrow(
      /"net\/web" depends on "net\/db", and attachments that converge together cannot be ordered .*new ProviderRunner\(stack, "late"\)/,
    );

    const ordered = stackOf(together);
    const first = attach(ordered, 'db');
    const late = new ProviderRunner(ordered, 'late', together);
    new NicAttachment(ordered, 'web', { ...ids, runner: late }).node.addDependency(first);
    expect(synth(ordered).resource.zec_nic_attachment?.['nic-1']?.depends_on).toContain(
      'zec_nic_convergence.zec',
    );
  });

  test('may depend on the runner itself', () => {
    const stack = stackWith();
    const runner = new ProviderRunner(stack, 'zec', together);
    attach(stack, 'web').node.addDependency(runner);
    expect(synth(stack).resource.zec_nic_attachment?.['nic-web']?.depends_on).toBeUndefined();
  });

  test('are imported and moved by their own resources', () => {
    const stack = stackOf(together);
    attach(stack, 'web').importFrom('nic-web:ins-1');
    attach(stack, 'db').moveFrom('null_resource.nic_attachment["nic-db"]');
    const { import: imports, moved } = JSON.parse(Testing.synth(stack)) as Record<string, unknown>;
    expect(imports).toEqual([expect.objectContaining({ to: 'zec_nic_attachment.nic-web' })]);
    expect(moved).toContainEqual({
      from: 'null_resource.nic_attachment["nic-db"]',
      to: 'zec_nic_attachment.nic-db',
    });
  });
});

test.each([{}, { skipDestroy: true }, { skipDestroy: false }])(
  '%j is an argument of the resource',
  (more) => {
    const stack = stackOf();
    new NicAttachment(stack, 'web', { nicId: 'nic-web', instanceId: 'ins-1', ...more });
    expect(synth(stack).resource.zec_nic_attachment?.['nic-web']?.skip_destroy).toBe(more.skipDestroy);
  },
);

test.each(Object.values(WhenStopped))('whenStopped %s is an argument of the resource', (whenStopped) => {
  const stack = stackOf();
  new NicAttachment(stack, 'web', { nicId: 'nic-web', instanceId: 'ins-1', whenStopped });
  expect(synth(stack).resource.zec_nic_attachment?.['nic-web']?.when_stopped).toBe(whenStopped);
});

test.each(Object.values(Convergence))('with convergence %s its resource can be overridden', (convergence) => {
  const stack = stackOf({ convergence });
  attach(stack, 'web').addOverride('lifecycle.prevent_destroy', true);
  expect(synth(stack).resource.zec_nic_attachment?.['nic-web']).toMatchObject({
    lifecycle: { prevent_destroy: true, postcondition: [expect.anything()] },
  });
});

test('the matchers of Testing find the resource by the construct', () => {
  const stack = stackOf();
  attach(stack, 'web');
  const json = Testing.synth(stack);
  expect(Testing.toHaveResource(json, NicAttachment.tfResourceType)).toBe(true);
  const wanted = { nic_id: 'nic-web', instance_id: 'ins-1' };
  expect(Testing.toHaveResourceWithProperties(json, NicAttachment.tfResourceType, wanted)).toBe(true);
  expect(
    Testing.toHaveResourceWithProperties(json, NicAttachment.tfResourceType, { nic_id: 'nic-other' }),
  ).toBe(false);
});

test('the state of only one resource can be moved to an attachment', () => {
  const web = attach(stackOf(), 'web');
  web.moveFrom('null_resource.first');
  expect(() => web.moveFrom('null_resource.second')).toThrow(
    'net/web: moveFrom was called twice, with "null_resource.first" and with "null_resource.second"',
  );
});

test('constructs whose IDs start with a digit have valid Terraform names', () => {
  const stack = stackWith(BUILT_IN);
  new LocalExecRunner(stack, '1');
  new NicAttachment(stack, '2', { ...ids, runner: new LocalExecRunner(stack, '3') });
  const runner = new ProviderRunner(stack, '4', together);
  new NicAttachment(stack, '5', { nicId: 'nic-2', instanceId: 'ins-1', runner });
  new DataZecNic(stack, '6', { nicId: 'nic-3', runner });
  const { resource, data, locals } = synth(stack);
  const names = [...Object.values(resource), ...Object.values(data ?? {}), locals ?? {}].flatMap(Object.keys);
  expect(names).toHaveLength(11);
  expect(names.filter((name) => !/^[a-z_]/.test(name))).toEqual([]);
});

describe('the name of the resource', () => {
  const named = (declare: (stack: TerraformStack) => void) => {
    const stack = stackOf();
    declare(stack);
    const { resource, moved = [] } = JSON.parse(Testing.synth(stack)) as {
      resource: Record<string, Record<string, { nic_id: string }>>;
      moved?: object[];
    };
    const blocks = Object.entries(resource.zec_nic_attachment ?? {});
    return { names: Object.fromEntries(blocks.map(([name, { nic_id }]) => [nic_id, name])), moved };
  };

  test('is the vNIC ID, whatever the construct path, and state of earlier versions is moved to it', () => {
    const { names, moved } = named((stack) => new NicAttachment(stack, 'web', ids));
    expect(names).toEqual({ 'nic-1': 'nic-1' });
    expect(moved).toEqual([{ from: 'zec_nic_attachment.web', to: 'zec_nic_attachment.nic-1' }]);
    const renamed = named((stack) => new NicAttachment(stack, 'nic-1', ids));
    expect(renamed.names).toEqual(names);
    expect(renamed.moved).toEqual([]);
  });

  test('starts with a letter if the ID starts with a digit', () => {
    const { names } = named(
      (stack) => new NicAttachment(stack, 'web', { ...ids, nicId: '1311246343134257152' }),
    );
    expect(Object.values(names)).toEqual(['nic_1311246343134257152']);
  });

  test('starts with a letter if the ID of the construct starts with a digit', () => {
    const { names, moved } = named((stack) => {
      const nicId = new TerraformVariable(stack, 'nic', { type: 'string' }).stringValue;
      new NicAttachment(stack, '0', { ...ids, nicId });
      new NicAttachment(stack, '1', ids);
    });
    expect(names).toEqual({ '${var.nic}': 'nic_0', 'nic-1': 'nic-1' });
    expect(moved).toEqual([{ from: 'zec_nic_attachment.nic_1', to: 'zec_nic_attachment.nic-1' }]);
  });

  test('of a path is the source of a move only if the path is unique', () => {
    const { moved } = named((stack) => {
      new NicAttachment(stack, 'web:1', ids);
      new NicAttachment(stack, 'web1', { ...ids, nicId: 'nic-2' });
    });
    expect(moved).toEqual([]);
  });

  test('is never the source of a move to itself', () => {
    const { moved } = named((stack) => {
      new NicAttachment(stack, 'web', ids).moveFrom('zec_nic_attachment.nic-1');
    });
    expect(moved).toEqual([{ from: 'zec_nic_attachment.web', to: 'zec_nic_attachment.nic-1' }]);
  });

  test('is derived from the construct path if the ID is a reference', () => {
    const { names, moved } = named((stack) => {
      const nicId = new TerraformVariable(stack, 'nic', { type: 'string' }).stringValue;
      new NicAttachment(stack, 'web', { ...ids, nicId });
    });
    expect(names).toEqual({ '${var.nic}': 'web' });
    expect(moved).toEqual([]);
  });

  test('is unique, and no declared resource is the source of a move', () => {
    const { names, moved } = named((stack) => {
      const nicId = new TerraformVariable(stack, 'nic', { type: 'string' }).stringValue;
      new NicAttachment(stack, 'nic-2', ids);
      new NicAttachment(stack, 'nic-1', { ...ids, nicId });
      new NicAttachment(stack, 'web', { ...ids, nicId: 'nic-2' });
    });
    expect(names).toEqual({
      'nic-1': 'nic-1',
      'nic-2': 'nic-2',
      '${var.nic}': expect.stringMatching(/^nic-1_[0-9a-f]{8}$/) as string,
    });
    expect(moved).toEqual([{ from: 'zec_nic_attachment.web', to: 'zec_nic_attachment.nic-2' }]);
  });
});
