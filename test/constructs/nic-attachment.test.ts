import {
  conditional,
  DataResource,
  Lazy,
  ref,
  TerraformCount,
  TerraformIterator,
  TerraformLocal,
  TerraformOutput,
  TerraformStack,
  TerraformVariable,
  Testing,
  Token,
} from 'cdktf';
import { LocalExecRunner, NicAttachment, ProviderRunner, WhenStopped } from '../../lib';
import { BUILT_IN, NIC_GETTERS, stackWith, synth } from './stacks';

const ids = { nicId: 'nic-1', instanceId: 'ins-1' };

/** An ID that is known only after apply. */
function unknownId(stack: TerraformStack, id: string): string {
  return new DataResource(stack, id, {}).output.toString();
}

describe('ids', () => {
  test.each([
    '',
    ' nic-1',
    'nic 1',
    '-nic',
    '"; touch x; "',
    '$(touch x)',
    '`touch x`',
    '${file("/etc/passwd")}',
    '%{ if true }x%{ endif }',
    'nic-1\ntouch x',
    'nic-1:ins-1',
    '../nic-1',
    'n'.repeat(10_240),
  ])('a malformed literal ID is an error: %j', (value) => {
    const stack = stackWith(BUILT_IN);
    const expected =
      /^net\/web: (nicId|instanceId) is invalid: ".*\. An ID is 1 to 128 letters.*Give a literal ID, or a reference/s;
    expect(() => new NicAttachment(stack, 'web', { ...ids, nicId: value })).toThrow(expected);
    expect(() => new NicAttachment(stackWith(BUILT_IN), 'web', { ...ids, instanceId: value })).toThrow(
      expected,
    );
  });

  test.each([
    ['missing', undefined, 'undefined'],
    ['null', null, 'null'],
    ['a number', 17, '17'],
    ['a list', ['nic-1'], 'nic-1'],
    ['a construct', new TerraformStack(Testing.app(), 'it'), 'it'],
  ])('an ID that is %s is the same error in every jsii language', (_, value, shown) => {
    const props = { ...ids, nicId: value } as unknown as typeof ids;
    expect(() => new NicAttachment(stackWith(BUILT_IN), 'web', props)).toThrow(
      `net/web: nicId is invalid: ${shown}. An ID is 1 to 128 letters`,
    );
  });

  test('an ID that depends on for_each or count is an error at synth that names the path', () => {
    const list = TerraformIterator.fromList(['nic-1']);
    const values = [
      () => list.getString('id'),
      () => `nic-${list.getString('id')}`,
      (stack: TerraformStack) => Token.asString(ref('count.index', stack)),
    ];
    for (const value of values) {
      const stack = stackWith(BUILT_IN);
      new NicAttachment(stack, 'web', { ...ids, nicId: value(stack) });
      expect(() => synth(stack)).toThrow(
        /nicId of "net\/web" resolves to ".*\$\{.*", which is invalid\. An ID is 1 to 128 .* "each" and "count" are defined only in a block with for_each or count: set forEach, or declare/,
      );
    }
  });

  test.each<[string, (stack: TerraformStack) => string]>([
    ['${each.value}', () => TerraformIterator.fromList(['ins-1']).value as string],
    ['${var.it}', (stack) => new TerraformVariable(stack, 'it', {}).value as string],
    ['${local.it}', (stack) => new TerraformLocal(stack, 'it', 'ins-1').expression as string],
    ['${true ? "ins-1" : "ins-2"}', () => conditional(true, 'ins-1', 'ins-2') as unknown as string],
  ])('a reference of the type any, as the framework returns it, is accepted: %s', (expected, value) => {
    const stack = stackWith();
    const runner = new ProviderRunner(stack, 'zec');
    const forEach = TerraformIterator.fromList(['ins-1']);
    const instanceId = value(stack);
    new NicAttachment(stack, 'web', { nicId: 'nic-1', instanceId, forEach, runner });
    expect(synth(stack).resource.zec_nic_attachment?.['nic-1']?.instance_id).toBe(expected);
  });

  test('a reference that resolves to nothing is an error at synth that names the path', () => {
    const stack = stackWith(BUILT_IN);
    const nothing = Lazy.stringValue({ produce: () => undefined });
    new NicAttachment(stack, 'web', { ...ids, instanceId: nothing });
    expect(() => synth(stack)).toThrow('instanceId of "net/web" resolves to "", which is invalid');
  });

  test('the error truncates a very long ID', () => {
    const declare = () =>
      new NicAttachment(stackWith(BUILT_IN), 'web', { ...ids, nicId: 'n'.repeat(10_240) });
    expect(declare).toThrow(/\(10240 characters\)/);
    expect(declare).not.toThrow(/n{100}/);
  });

  test('a reference is passed through unchanged, and the construct path is the for_each key', () => {
    const stack = stackWith(BUILT_IN);
    new NicAttachment(stack, 'web', { nicId: unknownId(stack, 'source'), instanceId: 'ins-1' });
    expect(synth(stack).locals).toEqual({
      nic_attachment: {
        'net/web': {
          nic_id: '${terraform_data.source.output}',
          instance_id: 'ins-1',
          create_timeout: '10m',
          construct: 'net/web',
        },
      },
    });
  });

  test('template sequences in a construct path are escaped', () => {
    const stack = stackWith(BUILT_IN);
    const web = new NicAttachment(stack, 'w"${x}%{y}\n√', {
      nicId: unknownId(stack, 's'),
      instanceId: 'ins-1',
    });
    new TerraformOutput(stack, 'out', { value: web.nicId });
    const { locals, output } = synth(stack);
    const key = 'net/w%22%24%7Bx%7D%25%7By%7D%0A%221A';
    expect(Object.keys(locals?.nic_attachment ?? {})).toEqual([key]);
    expect(output?.out?.value).toBe(
      `\${split(":", terraform_data.nic_attachment_confirmation.triggers_replace["${key}"])[0]}`,
    );
  });
});

test('id, nicId and instanceId are references through the carrier', () => {
  const stack = stackWith(BUILT_IN);
  const web = new NicAttachment(stack, 'web', ids);
  new TerraformOutput(stack, 'out', { value: [web.id, web.nicId, web.instanceId] });
  const entry = 'terraform_data.nic_attachment_confirmation.triggers_replace["nic-1"]';
  expect(synth(stack).output?.out?.value).toEqual([
    `\${${entry}}`,
    `\${split(":", ${entry})[0]}`,
    `\${split(":", ${entry})[1]}`,
  ]);
});

test.each(['fqn', 'attachedAt', ...(Object.keys(NIC_GETTERS) as (keyof typeof NIC_GETTERS)[])] as const)(
  '%s is an error under the local-exec runner that names the runner which has it',
  (name) => {
    const web = new NicAttachment(stackWith(BUILT_IN), 'web', ids);
    expect(() => web[name]).toThrow(
      `net/web: "${name}" requires the provider runner: the local-exec runner has no resource for each attachment. Use a ProviderRunner`,
    );
  },
);

test('addOverride is an error under the local-exec runner', () => {
  const web = new NicAttachment(stackWith(BUILT_IN), 'web', ids);
  expect(() => web.addOverride('lifecycle.prevent_destroy', true)).toThrow(
    '"addOverride" requires the provider runner',
  );
});

test('skipDestroy is an error under the local-exec runner, unless it is false', () => {
  const skipping = (skipDestroy: boolean) => () =>
    new NicAttachment(stackWith(BUILT_IN), 'web', { ...ids, skipDestroy });
  expect(skipping(true)).toThrow('net/web: skipDestroy requires the provider runner.');
  expect(skipping(false)).not.toThrow();
});

test('whenStopped FAIL is possible under the local-exec runner', () => {
  const props = { ...ids, whenStopped: WhenStopped.FAIL };
  expect(() => new NicAttachment(stackWith(BUILT_IN), 'web', props)).not.toThrow();
});

test('renaming a construct with a literal vNIC ID changes only the path shown in errors', () => {
  const config = (name: string) => {
    const stack = stackWith(BUILT_IN);
    new NicAttachment(stack, name, ids);
    const { locals, resource } = synth(stack);
    return { resource, entries: { ...locals?.nic_attachment?.['nic-1'], construct: '' } };
  };
  expect(config('before')).toEqual(config('after'));
});

describe('duplicate vNIC', () => {
  test('the same literal ID is an error that names both attachments', () => {
    const stack = stackWith(BUILT_IN);
    new NicAttachment(stack, 'a', ids);
    new NicAttachment(stack, 'b', { ...ids, instanceId: 'ins-2' });
    expect(() => synth(stack)).toThrow(
      /vNIC "nic-1" is declared by "net\/a" and "net\/b", but a vNIC can be attached to only one/,
    );
  });

  test('the same reference is an error, even on different runners', () => {
    const stack = stackWith(BUILT_IN);
    const source = new DataResource(stack, 'source', {});
    new NicAttachment(stack, 'a', { ...ids, nicId: source.output.toString() });
    const runner = new LocalExecRunner(stack, 'second');
    new NicAttachment(stack, 'b', { ...ids, nicId: Token.asString(source.output), runner });
    expect(() => synth(stack)).toThrow(/is declared by "net\/a" and "net\/b"/);
  });

  test('a duplicate across two stacks is not detected', () => {
    const one = stackWith(BUILT_IN);
    new NicAttachment(one, 'a', ids);
    const two = stackWith(BUILT_IN, 'other');
    new NicAttachment(two, 'a', ids);
    expect(() => [synth(one), synth(two)]).not.toThrow();
  });
});

test('exceeding the vNIC limit of an instance gets a warning', () => {
  const declare = (count: number) => {
    const stack = stackWith(BUILT_IN);
    for (let index = 0; index < count; index += 1) {
      new NicAttachment(stack, `a${index}`, { nicId: `nic-${index}`, instanceId: 'ins-1' });
    }
    synth(stack);
    return stack.node.metadata.map(({ data }) => data as unknown);
  };
  expect(declare(8)).toEqual([]);
  expect(declare(9)).toEqual([
    expect.stringMatching(/^9 attachments are declared for instance "ins-1", but .* at most 8/),
  ]);
});

const PAIRS =
  '${{for key, it in terraform_data.nic_attachment : key => "${it.triggers_replace.nic_id}:${it.triggers_replace.instance_id}"}}';

describe('timeouts', () => {
  const environments = (stack: TerraformStack) => {
    const { resource, locals } = synth(stack);
    const { nic_attachment: record } = resource.terraform_data ?? {};
    return {
      delete: record?.provisioner?.[0]?.['local-exec'].environment.ZEC_TIMEOUT,
      entries: Object.values(locals?.nic_attachment ?? {}).map((entry) => entry.create_timeout),
    };
  };

  test('default to ten minutes; create is per attachment and delete is the maximum of all', () => {
    const stack = stackWith(BUILT_IN);
    new NicAttachment(stack, 'a', ids);
    expect(environments(stack)).toEqual({
      delete: '10m',
      entries: ['10m'],
    });
    new NicAttachment(stack, 'b', {
      nicId: 'nic-2',
      instanceId: 'ins-1',
      timeouts: { create: '90s', delete: '1h' },
    });
    expect(environments(stack)).toMatchObject({ delete: '1h', entries: ['10m', '90s'] });
  });

  test('are not part of the triggers, so a change plans no replacement', () => {
    const stack = stackWith(BUILT_IN);
    new NicAttachment(stack, 'a', { ...ids, timeouts: { create: '1m', delete: '2m' } });
    const triggers = Object.values(synth(stack).resource.terraform_data ?? {}).map(
      (block) => block.triggers_replace,
    );
    const expected = { nic_id: '${each.value.nic_id}', instance_id: '${each.value.instance_id}' };
    expect(triggers).toEqual([expected, PAIRS, PAIRS]);
  });

  test.each(['', '0s', '10', 'ten minutes', '25h', '-1m', '1m 30s', '${var.x}'])(
    '%j is rejected',
    (value) => {
      const declare = (timeouts: object) => () =>
        new NicAttachment(stackWith(BUILT_IN), 'web', { ...ids, timeouts });
      expect(declare({ create: value })).toThrow(
        /^net\/web: timeouts\.create is invalid: .*\. Expected a duration such as "90s"/,
      );
      expect(declare({ delete: value })).toThrow(/^net\/web: timeouts\.delete is/);
    },
  );

  test('a reference is rejected, since a timeout must be known at synth', () => {
    const stack = stackWith(BUILT_IN);
    const timeouts = { create: unknownId(stack, 'source') };
    expect(() => new NicAttachment(stack, 'web', { ...ids, timeouts })).toThrow(
      /timeouts\.create is a reference/,
    );
  });
});

describe('values of JavaScript programs', () => {
  const declare = (props: Readonly<Record<string, unknown>>) => {
    const stack = stackWith();
    new ProviderRunner(stack, 'zec');
    new NicAttachment(stack, 'web', { ...ids, ...props });
    return synth(stack).resource;
  };

  test.each([
    ['runner', 'provider', 'runner is invalid: "provider". Give a LocalExecRunner or a ProviderRunner'],
    ['runner', ProviderRunner.name, 'runner is invalid: "ProviderRunner". Give a LocalExecRunner'],
    [
      'forEach',
      ['nic-1', 'nic-2'],
      'forEach is invalid: nic-1,nic-2. Give an iterator such as TerraformIter',
    ],
    ['forEach', TerraformCount.of(2), 'forEach is invalid: 2. Give an iterator'],
    ['whenStopped', 'start', 'whenStopped is "start"; use "FAIL" or "START" or "LEAVE".'],
    ['timeouts', '10m', 'timeouts is invalid: "10m". Give an object such as { create: "10m"'],
    ['timeouts', { create: ['10m'] }, 'timeouts.create is invalid: 10m. Expected a duration'],
  ])('%s %j is an error that names the path and the fix', (prop, value, problem) => {
    expect(() => declare({ [prop]: value })).toThrow(`net/web: ${problem}`);
  });

  test('null counts as omitted', () => {
    const names = ['runner', 'forEach', 'whenStopped', 'timeouts', 'dependsOn', 'lifecycle'];
    const nothing = Object.fromEntries(names.map((name) => [name, null]));
    expect(declare(nothing)).toEqual(declare({}));
    expect(declare({ timeouts: { create: null } })).toEqual(declare({}));
  });

  test('one dependency does not need a list', () => {
    const stack = stackWith();
    new ProviderRunner(stack, 'zec');
    const dependsOn = new NicAttachment(stack, 'web', ids) as unknown as NicAttachment[];
    new NicAttachment(stack, 'db', { nicId: 'nic-2', instanceId: 'ins-1', dependsOn });
    expect(synth(stack).resource.zec_nic_attachment?.['nic-2']?.depends_on).toEqual([
      'zec_nic_attachment.nic-1',
    ]);
  });
});

test('a runner of another stack is rejected', () => {
  const app = Testing.app();
  const runner = new LocalExecRunner(new TerraformStack(app, 'one'), 'zec');
  const two = new TerraformStack(app, 'two');
  expect(() => new NicAttachment(two, 'web', { ...ids, runner })).toThrow(
    /^two\/web: its runner "one\/zec" is in another stack/,
  );
});
