import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Aspects, DataResource, TerraformStack } from 'cdktf';
import type { IConstruct } from 'constructs';
import { Construct } from 'constructs';
import { LocalExecRunner, NicAttachment, ProviderRunner } from '../../lib';
import { app, BUILT_IN, reported, stackWith, synth } from './stacks';

const CONVERGE = 'terraform_data.nic_attachment_convergence';
const CONFIRM = 'terraform_data.nic_attachment_confirmation';

function dependsOn(stack: TerraformStack): Record<string, readonly string[] | undefined> {
  const blocks = synth(stack).resource.terraform_data ?? {};
  return Object.fromEntries(
    Object.entries(blocks).flatMap(([name, { depends_on }]) =>
      depends_on === undefined ? [] : [[name, depends_on]],
    ),
  );
}

const attach = (scope: Construct, id: string, runner?: LocalExecRunner) =>
  new NicAttachment(scope, id, {
    nicId: `nic-${id}`,
    instanceId: 'ins-1',
    ...(runner === undefined ? {} : { runner }),
  });

test('an attachment is ordered after its dependencies', () => {
  const stack = stackWith(BUILT_IN);
  const before = new DataResource(stack, 'before', {});
  attach(stack, 'web').node.addDependency(before);
  expect(dependsOn(stack)).toEqual({
    nic_attachment: ['terraform_data.before'],
    nic_attachment_confirmation: [CONVERGE],
  });
});

test('dependents of an attachment are ordered after it', () => {
  const stack = stackWith(BUILT_IN);
  const after = new DataResource(stack, 'after', {});
  after.node.addDependency(attach(stack, 'web'));
  expect(dependsOn(stack)).toEqual({
    nic_attachment_confirmation: [CONVERGE],
    after: [CONFIRM],
  });
});

test('a dependency of or on a construct applies to everything in its scope', () => {
  const stack = stackWith(BUILT_IN);
  const first = new Construct(stack, 'first');
  new DataResource(first, 'a', {}).overrideLogicalId('a');
  new DataResource(first, 'b', {}).overrideLogicalId('b');
  const middle = new Construct(stack, 'middle');
  attach(middle, 'web');
  const last = new Construct(stack, 'last');
  new DataResource(last, 'c', {}).overrideLogicalId('c');
  middle.node.addDependency(first);
  last.node.addDependency(middle);
  expect(dependsOn(stack)).toEqual({
    nic_attachment: ['terraform_data.a', 'terraform_data.b'],
    nic_attachment_confirmation: [CONVERGE],
    c: [CONFIRM],
  });
});

test('a repeated dependency or a second synth adds no duplicate', () => {
  const stack = stackWith(BUILT_IN);
  const before = new DataResource(stack, 'before', {});
  const web = attach(stack, 'web');
  web.node.addDependency(before);
  web.node.addDependency(before);
  attach(stack, 'db').node.addDependency(before);
  const once = dependsOn(stack);
  expect(dependsOn(stack)).toEqual(once);
  expect(once.nic_attachment).toEqual(['terraform_data.before']);
});

test('a dependency between attachments of one runner is an error that names the fix', () => {
  const stack = stackWith(BUILT_IN);
  attach(stack, 'web').node.addDependency(attach(stack, 'db'));
  expect(() => synth(stack)).toThrow(
    /"net\/web" depends on "net\/db", and attachments of one runner cannot be ordered .*new LocalExecRunner\(stack, "late"\)/,
  );
});

test('attachments of different runners can depend on each other', () => {
  const stack = stackWith(BUILT_IN);
  const db = attach(stack, 'db');
  attach(stack, 'web', new LocalExecRunner(stack, 'late')).node.addDependency(db);
  const late = Object.entries(dependsOn(stack)).filter(([name]) => name.includes('late'));
  expect(late).toHaveLength(2);
  expect(late.flatMap(([, others]) => others)).toContain(CONFIRM);
});

test.each([
  [{}, 'no runner'],
  [BUILT_IN, 'no runner'],
  [{}, 'a local-exec runner'],
  [{ 'zec:runner': 'provider' }, 'no runner'],
  [{ 'zec:runner': 'provider' }, 'a provider runner'],
])('%j: Aspects can add attachments to a stack with %s', (context, existing) => {
  const declare = (add: (stack: TerraformStack, declared: () => void) => void) => {
    const stack = stackWith(context);
    if (existing === 'a local-exec runner') LocalExecRunner.of(stack);
    if (existing === 'a provider runner') ProviderRunner.of(stack);
    const before = new DataResource(stack, 'before', {});
    const after = new DataResource(stack, 'after', {});
    add(stack, () => {
      const web = new NicAttachment(stack, 'web', {
        nicId: 'nic-1',
        instanceId: 'ins-1',
        dependsOn: [before],
      });
      after.node.addDependency(web);
    });
    return { ...synth(stack), annotations: reported(stack) };
  };
  const byAspect = declare((stack, declared) => {
    const visit = (node: IConstruct) => {
      if (node.node.id === 'before' && stack.node.tryFindChild('web') === undefined) declared();
    };
    Aspects.of(stack).add({ visit });
  });
  expect(byAspect).toEqual(declare((_, declared) => declared()));
});

test('a dependency on a construct of another stack is a dependency on that stack', () => {
  const outdir = mkdtempSync(join(tmpdir(), 'zec-stacks-'));
  const all = app(outdir, BUILT_IN);
  const before = new DataResource(new TerraformStack(all, 'first'), 'before', {});
  attach(new TerraformStack(all, 'second'), 'web').node.addDependency(before);
  all.synth();
  const read = (...path: readonly string[]) =>
    JSON.parse(readFileSync(join(outdir, ...path), 'utf8')) as {
      readonly stacks: Record<string, { readonly dependencies: readonly string[] }>;
      readonly resource: Record<string, Record<string, { readonly depends_on?: readonly string[] }>>;
    };
  expect(read('manifest.json').stacks.second?.dependencies).toEqual(['first']);
  const { resource } = read('stacks', 'second', 'cdk.tf.json');
  expect(resource.terraform_data?.nic_attachment?.depends_on).toBeUndefined();
  rmSync(outdir, { recursive: true });
});
