import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { TerraformStack, Testing } from 'cdktf';
import { Construct } from 'constructs';
import * as zec from '../../lib';
import type { Framework } from '../../lib/constructs/framework';
import { bundleProvider } from '../support/bundle-provider';
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

describe('two copies of constructs', () => {
  /** Rejects the constructs of other copies, as the versions since 10.7.1 and those before do with each other. */
  class Incompatible {
    public readonly node = new Construct(undefined as never, 'net').node;
    public constructor(scope?: Incompatible) {
      if (scope !== undefined && !(scope instanceof Incompatible))
        throw new TypeError('_scopes is not iterable');
    }
  }

  test('that do not work together are an error that names both', () => {
    const scope = new Incompatible() as unknown as Construct;
    const error = /^net: it is a construct of .*, which does not work with constructs 10\..* \(.*npm ls/;
    expect(() => new zec.NicAttachment(scope, 'web', ids)).toThrow(error);
    expect(() => new zec.LocalExecRunner(scope, 'runner')).toThrow(error);
    expect(() => new zec.DataZecNics(scope, 'nics', { regionId: 'asia-east-1' })).toThrow(error);
  });

  test('that work together are no error', () => {
    const path = resolve(modules, 'cdktf-cli/node_modules/constructs');
    const other = jest.requireActual<{ Construct: typeof Construct }>(path);
    expect(other.Construct).not.toBe(Construct);
    const stack = stackWith(BUILT_IN);
    new zec.NicAttachment(new other.Construct(stack, 'part'), 'web', ids);
    expect(synth(stack).resource.terraform_data).toHaveProperty('nic_attachment');
  });
});

test('if the app is bundled with this package, the error says what to do', () => {
  const bundle = bundleProvider(resolve(__dirname, '../support/bundled-app.ts'), 'app.js', [
    '--external:cdktf',
    '--external:constructs',
  ]);
  try {
    const env = { ...process.env, NODE_PATH: modules };
    const { status, stderr } = spawnSync(process.execPath, [bundle.file], { encoding: 'utf8', env });
    expect([status, stderr]).toEqual([
      1,
      expect.stringContaining('If the app is bundled, mark cdktf-zenlayer-zec as external.'),
    ]);
  } finally {
    bundle.remove();
  }
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
