import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleProvider } from '../support/bundle-provider';
import { run } from '../support/processes';
import { describeWithTerraform, TERRAFORM } from '../support/terraform';

describeWithTerraform('a provider served to real Terraform', () => {
  let toy: string;
  let removeToy: () => void;
  let folder: string;
  let things: string;

  beforeAll(() => {
    ({ file: toy, remove: removeToy } = bundleProvider(join(__dirname, 'toy/main.ts'), 'toy.js'));
  });
  afterAll(() => removeToy());

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'toy-terraform-'));
    things = join(folder, 'things');
    mkdirSync(things);
    const target = `${process.platform}_${process.arch === 'x64' ? 'amd64' : process.arch}`;
    const mirror = join(folder, 'terraform.d/plugins/cdktf.internal/test/toy/0.1.0', target);
    mkdirSync(mirror, { recursive: true });
    copyFileSync(toy, join(mirror, 'terraform-provider-toy_0.1.0'));
    declare({ a: { name: 'a' } });
    expect(await terraform('init')).toMatchObject({ code: 0 });
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const terraform = (...args: string[]) =>
    run(TERRAFORM, [...args, '-no-color'], {
      cwd: folder,
      env: { CHECKPOINT_DISABLE: '1', TF_IN_AUTOMATION: '1', TF_INPUT: '0' },
    });

  function declare(resources: object, more: object = {}): void {
    const config = {
      terraform: { required_providers: { toy: { source: 'cdktf.internal/test/toy' } } },
      provider: { toy: { folder: things, password: 'hidden-password' } },
      ...(Object.keys(resources).length === 0 ? {} : { resource: { toy_thing: resources } }),
      ...more,
    };
    writeFileSync(join(folder, 'main.tf.json'), JSON.stringify(config));
  }

  const apply = async () => {
    const done = await terraform('apply', '-auto-approve');
    if (done.code !== 0) throw new Error(done.output);
    return done.output;
  };
  const planExit = async () => (await terraform('plan', '-detailed-exitcode')).code;

  test('creates, plans no changes, updates, replaces and destroys', async () => {
    declare(
      { a: { name: 'a', size: 1, timeouts: { create: '1m' } } },
      { output: { note: { value: '${toy_thing.a.note}' } } },
    );
    expect(await apply()).toContain('note = "made a"');
    expect(await planExit()).toBe(0);
    declare({ a: { name: 'a', size: 2, tags: { x: 'y' } } });
    expect(await apply()).toContain('0 added, 1 changed, 0 destroyed');
    expect(await planExit()).toBe(0);
    declare({ a: { name: 'b' } });
    expect(await apply()).toContain('1 added, 0 changed, 1 destroyed');
    expect(readdirSync(things)).toEqual(['b.json']);
    expect((await terraform('destroy', '-auto-approve')).code).toBe(0);
    expect(readdirSync(things)).toEqual([]);
  });

  test('plans to recreate a missing resource', async () => {
    await apply();
    rmSync(join(things, 'a.json'));
    expect(await planExit()).toBe(2);
    await apply();
    expect(existsSync(join(things, 'a.json'))).toBe(true);
  });

  test('imports an existing resource', async () => {
    await apply();
    expect((await terraform('state', 'rm', 'toy_thing.a')).code).toBe(0);
    expect((await terraform('import', 'toy_thing.a', 'a')).code).toBe(0);
    expect(await planExit()).toBe(0);
  });

  test('taints a resource that a failed create left, and the next apply deletes it', async () => {
    declare({ a: { name: 'half' } });
    const failed = await terraform('apply', '-auto-approve');
    expect(failed.code).toBe(1);
    expect((await terraform('show')).output).toContain('(tainted)');
    declare({});
    await apply();
    expect(readdirSync(things)).toEqual([]);
  });

  test('Terraform rejects state written by a newer provider version', async () => {
    await apply();
    const state = join(folder, 'terraform.tfstate');
    writeFileSync(state, readFileSync(state, 'utf8').replace('"schema_version": 0', '"schema_version": 1'));
    const { code, output } = await terraform('plan');
    expect(code).toBe(1);
    expect(output).toContain('newer provider version');
  });

  test('reports an error at its configuration line', async () => {
    declare({ a: { name: 'x/y' } });
    const { code, output } = await terraform('plan');
    expect(code).toBe(1);
    expect(output).toMatch(/Error: Invalid value of name[\s\S]*with toy_thing\.a[\s\S]*A name has no "\/"/);
  });
});
