import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import ts from 'typescript';
import { findUnmanaged } from '../../lib/cli/adopt/attachments';
import type { ZecApi } from '../../lib/zec';
import { instance, nic } from '../simulator/worlds';
import { run } from '../support/processes';
import { describeWithTerraform, TERRAFORM } from '../support/terraform';
import { BUNDLE, ZecNic } from './zec-nic';

const ROOT = resolve(__dirname, '../..');
const REGION = ['adopt', '--region', 'asia-east-1'];

let zec: ZecNic;
afterEach(() => zec.close());

const on = (instanceId: string, more: Parameters<typeof nic>[1] = {}) => ({ instanceId, ...more });
const INSTANCES = [instance('ins-1', { instanceName: 'web server' }), instance('ins-2')];
/** Instances for many vNICs. */
const FULL = ['ins-5', 'ins-6', 'ins-7'];
const NICS = [
  nic('nic-p', on('ins-1', { nicType: 'Primary' })),
  nic(
    'nic-a',
    on('ins-1', { name: 'storage', primaryIpv4: '10.0.0.2', tags: [{ key: 'team', value: 'a=b' }] }),
  ),
  nic('nic-b', on('ins-2', { name: 'Data base', primaryIpv4: '10.0.0.3', vpcId: 'vpc-2' })),
  nic('nic-c', on('ins-2', { name: 'managed' })),
  nic('nic-free'),
  nic('nic-changing', on('ins-2', { status: 'ATTACHING' })),
  nic('nic-far', on('ins-far', { regionId: 'europe-west-2' })),
];
const setUp = async (nics = NICS) => {
  const far = instance('ins-far', { zoneId: 'europe-west-2a' });
  zec = await ZecNic.withWorld({
    instances: [...INSTANCES, far, ...FULL.map((id) => instance(id))],
    nics,
    settings: { attachMs: [9e5, 9e5] },
  });
};

interface Resource {
  readonly type: string;
  readonly name: string;
  readonly provider_name: string;
  readonly values: object;
  readonly sensitive_values?: object;
}

/** A file with a state of these resources. */
function state(name: string, ...resources: readonly Resource[]): string {
  const all = resources.map((each) => ({ address: `${each.type}.${each.name}`, mode: 'managed', ...each }));
  const path = join(zec.home, name);
  writeFileSync(path, JSON.stringify({ format_version: '1.0', values: { root_module: { resources: all } } }));
  return path;
}
const ofProvider = (name: string, values: object, more: object = {}): Resource => ({
  type: 'zec_nic_attachment',
  name,
  provider_name: 'cdktf.internal/zenlayer/zec',
  values,
  ...more,
});
const ofVendor = (values: object): Resource => ({
  type: 'zenlayercloud_zec_vnic_attachment',
  name: 'x',
  provider_name: 'registry.terraform.io/zenlayer/zenlayercloud',
  values,
});
const managed = () => state('managed.json', ofProvider('c', { nic_id: 'nic-c', instance_id: 'ins-2' }));

async function found(...args: readonly string[]) {
  const { code, stdout, stderr } = await zec.run([...REGION, '--json', ...args]);
  expect([code, stderr]).toEqual([0, '']);
  const { attachments, skipped } = JSON.parse(stdout) as {
    attachments: { id: string }[];
    skipped: Record<string, number>;
  };
  return { ids: attachments.map(({ id }) => id), skipped };
}

test('a table lists what no state manages, and counts what is skipped', async () => {
  await setUp();
  const { code, stdout, stderr } = await zec.run([...REGION, managed()]);
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toBe(
    [
      'INSTANCE  NAME        STATUS   VNIC   NAME       VPC          ADDRESS',
      'ins-1     web server  RUNNING  nic-a  storage    vpc-default  10.0.0.2',
      'ins-2     ins-2       RUNNING  nic-b  Data base  vpc-2        10.0.0.3',
      '',
      '2 unmanaged attachments. Skipped vNICs: 1 primary, 1 free, 1 managed, 1 changing.',
      'To write their declarations, add --format typescript or --format hcl.',
      '',
    ].join('\n'),
  );
});

test('nothing to adopt is no error', async () => {
  await setUp();
  const { code, stdout } = await zec.run(['adopt', '--region', 'nowhere']);
  expect([code, stdout]).toEqual([
    0,
    '0 unmanaged attachments. Skipped vNICs: 0 primary, 0 free, 0 managed, 0 changing.\n',
  ]);
  // An app that calls the function still compiles.
  const typescript = await zec.run(['adopt', '--region', 'nowhere', '--format', 'typescript']);
  expect(typescript.stdout.split('\n').slice(3)).toEqual([
    "import type { Construct } from 'constructs';",
    '',
    'export function adopt(_scope: Construct): void {',
    '}',
    '',
  ]);
});

test.each<[readonly string[], readonly string[]]>([
  [[], ['nic-a:ins-1', 'nic-b:ins-2', 'nic-c:ins-2']],
  [['--vpc', 'vpc-2'], ['nic-b:ins-2']],
  [['--tag', 'team=a=b'], ['nic-a:ins-1']],
  [['--tag', 'team=a=b', '--tag', 'other='], []],
  [['--region', 'europe-west-2'], ['nic-far:ins-far']],
])('%j filters in the request', async (args, ids) => {
  await setUp();
  expect((await found(...args)).ids).toEqual(ids);
  const lists = zec.simulator.cloud.requests().filter(({ action }) => action === 'DescribeNetworkInterfaces');
  expect(lists).toHaveLength(1);
});

describe('states', () => {
  const command = [process.execPath, BUNDLE, ...REGION, '-'];
  beforeEach(() => setUp());

  test('several files and stdin, of either runner and of the vendor', async () => {
    const moved = state('moved.json', ofVendor({ id: 'nic-b:ins-1', vnic_id: '', instance_id: '' }));
    const record: Resource = {
      type: 'terraform_data',
      name: 'nic_attachment',
      provider_name: 'terraform.io/builtin/terraform',
      values: { triggers_replace: { nic_id: 'nic-a', instance_id: 'ins-1' } },
    };
    const local = state('local.json', record);
    expect(await found(managed(), moved, local, local)).toEqual({
      ids: [],
      skipped: { primary: 1, free: 1, managed: 3, changing: 1 },
    });
    const { code, stdout } = await run('sh', ['-c', `"$@" < '${local}'`, 'sh', ...command], {
      env: { ...zec.environment, PATH: process.env.PATH ?? '' },
    });
    expect([code, stdout]).toEqual([0, expect.not.stringContaining('nic-a')]);
  });

  test('the states of several stacks', async () => {
    const stack = (name: string, nicId: string) => {
      const folder = join(zec.home, 'cdktf.out/stacks', name);
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, 'cdk.tf.json'), '{}');
      const file = state(`${name}.json`, ofProvider('x', { nic_id: nicId, instance_id: 'ins-2' }));
      writeFileSync(join(folder, 'state'), readFileSync(file));
    };
    stack('one', 'nic-a');
    stack('two', 'nic-c');
    const bin = join(zec.home, 'terraform');
    writeFileSync(bin, '#!/bin/sh\ncat state\n', { mode: 0o755 });
    const args = [...REGION, '--json', '--stack', 'one', '--stack', 'two'];
    const { code, stdout } = await zec.run(args, { TERRAFORM_BINARY_NAME: bin, PATH: process.env.PATH });
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^(?=.*nic-b)(?!.*nic-[ac]:)/)]);
  });

  test('a sensitive vNIC ID is warned of, because its vNIC counts as unmanaged', async () => {
    const values = { nic_id: 'nic-a', instance_id: 'ins-1' };
    const file = state('secret.json', ofProvider('a', values, { sensitive_values: { nic_id: true } }));
    const { stdout, stderr } = await zec.run([...REGION, file]);
    expect(stdout).toContain('nic-a');
    expect(stderr).toBe(
      'warning: 1 attachment in the states without a readable vNIC ID. Do not adopt these vNICs again.\n',
    );
  });
});

test.each<[readonly string[], RegExp]>([
  [['adopt'], /required option '--region <R>' not specified/],
  [[...REGION, '--tag', 'team'], /--tag "team" is invalid: expected KEY=VALUE/],
  [[...REGION, '--tag', '=x'], /--tag "=x" is invalid/],
  [[...REGION, ...Array<string[]>(21).fill(['--tag', 'a=b']).flat()], /more than 20 times/],
  [[...REGION, '--format', 'yaml'], /Allowed choices are text, typescript, hcl, json/],
  [[...REGION, '--stack', 'none'], /stack "none" not found in .* Synthesize it first/],
  [[...REGION, 'none.json'], /cannot read "none\.json": .*ENOENT/],
  [[...REGION, 'plan.json'], /"plan\.json": this is a plan, but a state is required/],
])('%j is a usage error, and no request is sent', async (args, message) => {
  await setUp();
  writeFileSync(join(zec.home, 'plan.json'), '{ "format_version": "1.2", "resource_changes": [] }');
  const { code, stdout, stderr } = await zec.run(args);
  expect([code, stdout, stderr]).toEqual([2, '', expect.stringMatching(message)]);
  expect(zec.simulator.cloud.requests()).toEqual([]);
});

test('an error of the API is exit code 1, in text and as JSON', async () => {
  await setUp();
  zec.simulator.cloud.faults.set([{ kind: 'status', status: 400, code: 'INVALID_REGION', message: 'what?' }]);
  const { code, stdout, stderr } = await zec.run([...REGION, '--json']);
  expect([code, JSON.parse(stdout)]).toEqual([1, expect.objectContaining({ ok: false })]);
  expect(stderr).toContain('DescribeNetworkInterfaces failed: INVALID_REGION: what?');
});

test('more vNICs than fit into memory are an error that says what to do', async () => {
  await setUp();
  const page = { requestId: 'T1', totalCount: 50_001, dataSet: [] };
  const api = { describeNetworkInterfaces: () => Promise.resolve(page) } as unknown as ZecApi;
  await expect(findUnmanaged(api, {}, new Set(), {})).rejects.toMatchObject({
    message: expect.stringContaining('50001 items, more than 50000') as string,
    advice: 'Narrow the list down with a filter.',
  });
});

test('2,000 attachments take 2 lists of vNICs and 3 reads of their 250 instances', async () => {
  const ids = Array.from({ length: 250 }, (_, index) => `ins-${index}`);
  const nics = ids.flatMap((id, at) =>
    Array.from({ length: 8 }, (_, index) => nic(`nic-${at}-${index}`, on(id))),
  );
  zec = await ZecNic.withWorld({ instances: ids.map((id) => instance(id)), nics });
  const { code, stdout } = await zec.run([...REGION, '--format', 'typescript']);
  expect([code, stdout.match(/new NicAttachment/g)?.length]).toEqual([0, 2_000]);
  const actions = zec.simulator.cloud.requests().map(({ action }) => action);
  expect(actions).toEqual([
    ...Array<string>(2).fill('DescribeNetworkInterfaces'),
    ...Array<string>(3).fill('DescribeInstances'),
  ]);
});

describe('names that are no identifiers, or not unique', () => {
  const HOSTILE = [
    '${file("/etc/passwd")}',
    '%{ for x in y }',
    "'); process.exit(1); //",
    'a"\\',
    '*/ x',
    'new\nline\u2028new NicAttachment()',
    '\u001b[2J\u202e',
    'a/b',
    '名前',
    'Default',
    'resource',
    '__proto__',
    'constructor',
    'twice',
    'twice',
    'nic-0',
    '9lives',
    '@ts-expect-error',
    'x'.repeat(200),
  ];
  const labels = (stdout: string, pattern: RegExp) => [...stdout.matchAll(pattern)].map(([, label]) => label);
  const expected = [
    ...HOSTILE.map((_, index) => `nic-${String(index).padStart(2, '0')}`),
    'fast_storage-2',
    'nic_9',
  ].sort();

  beforeEach(async () => {
    const nics = HOSTILE.map((name, index) =>
      nic(`nic-${String(index).padStart(2, '0')}`, on(FULL[index % 3] ?? '', { name })),
    );
    await setUp([...nics, nic('nic-0', on('ins-2', { name: 'fast_storage-2' })), nic('9', on('ins-2'))]);
  });

  test('give TypeScript that compiles and declares each attachment', async () => {
    const { code, stdout } = await zec.run([...REGION, '--format', 'typescript']);
    expect(code).toBe(0);
    expect(labels(stdout, /new NicAttachment\(scope, '(.*)', \{/g).sort()).toEqual(expected);
    const file = join(zec.home, 'adopt.ts');
    writeFileSync(file, stdout);
    const program = ts.createProgram([file], {
      strict: true,
      noEmit: true,
      noUnusedLocals: true,
      noUnusedParameters: true,
      skipLibCheck: true,
      types: [],
      module: ts.ModuleKind.Node16,
      target: ts.ScriptTarget.ES2022,
      paths: {
        'cdktf-zenlayer-zec': [join(ROOT, 'dist/index.d.ts')],
        constructs: [join(ROOT, 'node_modules/constructs')],
      },
    });
    const problems = ts.getPreEmitDiagnostics(program).map(({ messageText }) => messageText);
    expect(problems).toEqual([]);
    const calls: string[] = [];
    const visit = (node: ts.Node): void => {
      if (ts.isNewExpression(node)) calls.push(node.expression.getText());
      ts.forEachChild(node, visit);
    };
    const source = program.getSourceFile(file);
    if (source !== undefined) visit(source);
    expect(calls).toEqual(Array<string>(expected.length).fill('NicAttachment'));
  });

  test('give HCL with one import and one resource each', async () => {
    const { stdout } = await zec.run([...REGION, '--format', 'hcl']);
    expect(labels(stdout, /^resource "zec_nic_attachment" "(.*)" \{$/gm).sort()).toEqual(expected);
    expect(labels(stdout, /^ {2}to = zec_nic_attachment\.(.*)$/gm).sort()).toEqual(expected);
    const values = [...stdout.matchAll(/"(.*)"$/gm)].map(([, value]) => value);
    expect(values.filter((value) => !/^[\w:-]+$/.test(value ?? ''))).toEqual([]);
  });

  test('a name that a resource of a state has is not used', async () => {
    const file = state('state.json', ofProvider('fast_storage-2', { nic_id: 'nic-x', instance_id: 'ins-1' }));
    const { stdout } = await zec.run([...REGION, '--format', 'hcl', file]);
    expect(labels(stdout, /^resource "zec_nic_attachment" "(nic-0|fast.*)" \{$/gm)).toEqual(['nic-0']);
  });

  test.each(['text', 'json'])('reach the terminal without control characters: %s', async (format) => {
    const { stdout } = await zec.run([...REGION, '--format', format]);
    // eslint-disable-next-line no-control-regex -- control characters are what this test looks for
    expect(stdout).not.toMatch(/\u001b/);
    expect(stdout).toContain('nic-06');
  });
});

describeWithTerraform('the HCL', () => {
  test.each([[[]], [['--vpc', 'none']]])('is formatted as by terraform fmt: %j', async (args) => {
    await setUp();
    const { stdout } = await zec.run([...REGION, '--format', 'hcl', ...args]);
    const { status, stdout: diff } = spawnSync(TERRAFORM, ['fmt', '-check', '-diff', '-'], {
      input: stdout,
      encoding: 'utf8',
    });
    expect([status, diff]).toEqual([0, '']);
  });
});
