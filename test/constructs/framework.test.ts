import { resolve } from 'node:path';
import { TerraformStack, Testing } from 'cdktf';
import { Construct } from 'constructs';
import * as zec from '../../lib';
import type { Framework } from '../../lib/constructs/framework';
import { BUILT_IN, reported, stackWith, synth } from './stacks';

const ids = { nicId: 'nic-1', instanceId: 'ins-1' };
const modules = resolve(__dirname, '../../node_modules');
/** Loads the named framework in both Jest projects. */
const load = (name: string) => jest.requireActual<Framework>(resolve(modules, name, 'lib/index.js'));

test('the framework of the stack is used, even if others are loaded', () => {
  for (const { Testing: testing, TerraformStack: Stack } of [load('cdktf'), load('cdktn'), load('cdktf')]) {
    const stack = new Stack(testing.app(), 'net');
    new zec.NicAttachment(stack, 'web', ids);
    new zec.ProviderRunner(stack, 'provider');
    expect(testing.synth(stack, true)).toContain('"nic_attachment_confirmation"');
  }
});

test('a construct outside a stack is an error that names its path', () => {
  const declare = () => new zec.NicAttachment(Testing.app(), 'web', ids);
  expect(declare).toThrow(
    /^web: it is not in a stack\. Its scope must be a TerraformStack of cdktf or cdktn/,
  );
});

test('a stack whose framework cannot be resolved is an error that names what was found, where, and the fix', () => {
  const stack = new Construct(Testing.app(), 'net');
  Object.defineProperty(stack, Symbol.for('cdktf/TerraformStack'), { value: true });
  const found = ['cdktf 0.21.0', 'cdktn 0.24.0'].map(
    (name) => `${name} \\(${modules}/${name.split(' ')[0]}\\)`,
  );
  expect(() => new zec.NicAttachment(stack, 'web', ids)).toThrow(
    new RegExp(
      `^net/web: the copy of cdktf or cdktn that created its stack was not found by cdktf-zenlayer-zec `,
    ),
  );
  for (const each of found)
    expect(() => zec.LocalExecRunner.of(stack)).toThrow(new RegExp(`Found: .*${each}`));
  expect(() => zec.ProviderRunner.of(stack)).toThrow(/"npm ls cdktf cdktn constructs cdktf-zenlayer-zec"/);
});

test('a construct from another copy of the framework gets one warning that names both copies', () => {
  const [one, other] = [load('cdktf'), load('cdktn')];
  const stack = new one.TerraformStack(one.Testing.app({ context: BUILT_IN }), 'net');
  new other.TerraformVariable(stack, 'size', { type: 'number' });
  const web = new zec.NicAttachment(stack, 'web', ids);
  const data = new other.TerraformResource(stack, 'data', { terraformResourceType: 'terraform_data' });
  data.node.addDependency(web);
  expect(reported(stack, one.Testing)).toEqual([
    expect.stringMatching(
      /^warn net: This stack was created by cdktf 0.* \(.*\), and "net\/size" in it by cdktn 0.* \(.*npm dedupe/,
    ),
  ]);
  expect(synth(stack, one.Testing).resource.terraform_data?.data?.depends_on).toEqual([
    'terraform_data.nic_attachment_confirmation',
  ]);
});

test('two copies of this package in one stack are an error that names both', () => {
  let copy = zec;
  jest.isolateModules(() => {
    copy = jest.requireActual<typeof zec>('../../lib');
  });
  const stack = stackWith(BUILT_IN);
  new zec.NicAttachment(stack, 'web', ids);
  const twice =
    /: two copies of this package are used in its stack: cdktf-zenlayer-zec .* and cdktf-zenlayer-zec .*npm ls/;
  expect(() => new copy.NicAttachment(stack, 'db', { ...ids, nicId: 'nic-2' })).toThrow(twice);
  expect(() => copy.ProviderRunner.of(stack)).toThrow(twice);
  expect(() => new copy.NicAttachment(stackWith(BUILT_IN), 'db', ids)).not.toThrow();
});

test('a custom runner class is rejected with an error that lists the supported runners', () => {
  class Mine extends (zec.AttachmentRunner as unknown as new (scope: Construct, id: string) => Construct) {}
  expect(() => new Mine(stackWith(), 'mine')).toThrow(
    /^net\/mine: AttachmentRunner cannot be extended\. Use LocalExecRunner or ProviderRunner/,
  );
});

describe('construct IDs', () => {
  const stackOf = () => new TerraformStack(Testing.app({ context: BUILT_IN }), 'net');

  test('default runners of both kinds coexist, and each is created once', () => {
    for (const [One, Other] of [
      [zec.LocalExecRunner, zec.ProviderRunner],
      [zec.ProviderRunner, zec.LocalExecRunner],
    ] as const) {
      const stack = stackOf();
      const [one, other] = [One.of(stack), Other.of(stack)];
      expect([One.of(stack), Other.of(stack)]).toEqual([one, other]);
      new zec.NicAttachment(stack, 'a', { ...ids, runner: one });
      new zec.NicAttachment(stack, 'b', { ...ids, nicId: 'nic-2', runner: other });
      expect(Object.keys(synth(stack).resource.terraform_data ?? {})).toContain('nic_attachment');
    }
  });

  test.each(['zec', 'null'])(
    'a construct of the app may have the ID %s, before or after an attachment',
    (name) => {
      const before = stackWith();
      new Construct(before, name);
      new zec.NicAttachment(before, 'web', ids);
      synth(before);
      const after = stackWith();
      new zec.NicAttachment(after, name, ids);
      synth(after);
      const runner = stackWith();
      new zec.NicAttachment(runner, 'web', ids);
      new zec.ProviderRunner(runner, name);
      synth(runner);
    },
  );
});

test('an unknown context key with the package’s prefix gets a warning', () => {
  const stack = stackWith({ ...BUILT_IN, 'zec:carier': 'terraform_data', other: 'x' });
  new zec.NicAttachment(stack, 'web', ids);
  expect(reported(stack)).toEqual([
    'warn net: The context key "zec:carier" is unknown and has no effect. Known keys: "zec:carrier", "zec:runner".',
  ]);
});
