import childProcess from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { LocalBackend, TerraformStack, Testing } from 'cdktf';
import { NicAttachment } from '../../lib';
import { describeWithTerraform } from '../support/terraform';
import { app, BUILT_IN } from './stacks';

const folders: string[] = [];
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

function synthInto(context: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'zec-synth-'));
  folders.push(folder);
  const root = app(join(folder, 'cdktf.out'), context);
  const stack = new TerraformStack(root, 'net');
  new LocalBackend(stack, { path: 'terraform.tfstate' });
  new NicAttachment(stack, 'web', { nicId: 'nic-1', instanceId: 'ins-1' });
  root.synth();
  return folder;
}

function contents(folder: string): Map<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  const paths = files.map((entry) => join(entry.parentPath, entry.name)).sort();
  return new Map(paths.map((path) => [relative(folder, path), readFileSync(path, 'latin1')]));
}

test.each(['null_resource', 'terraform_data'])(
  'with %s the output is identical in two folders and contains no absolute path',
  (carrier) => {
    const one = synthInto({ 'zec:carrier': carrier });
    const two = synthInto({ 'zec:carrier': carrier });
    expect(contents(one)).toEqual(contents(two));
    expect([...contents(one).keys()].some((path) => path.endsWith('/zec-nic.js'))).toBe(true);
    const repository = resolve(__dirname, '../..');
    for (const [path, text] of contents(one)) {
      for (const local of [one, repository, tmpdir(), homedir()])
        expect([path, text.includes(local)]).toEqual([path, false]);
    }
  },
);

test.each([{ 'zec:carrier': 'null_resource' }, BUILT_IN, { 'zec:runner': 'provider' }])(
  'with %j synth runs no Terraform',
  (context) => {
    const run = jest.spyOn(childProcess, 'execSync');
    synthInto(context);
    expect(run).not.toHaveBeenCalled();
    run.mockRestore();
  },
);

test('handler and provider run inside an ES module package', () => {
  const handlers = synthInto({ 'zec:carrier': 'terraform_data' });
  const providers = synthInto({ 'zec:runner': 'provider' });
  const start = (folder: string, name: RegExp) => {
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    const path = [...contents(folder).keys()].find((file) => name.test(file)) ?? 'nothing';
    const program = join(folder, path);
    const [command, args] = name.test('/zec-nic.js')
      ? [process.execPath, [program, 'version']]
      : [program, []];
    const { status, stdout, stderr } = childProcess.spawnSync(command, args, { encoding: 'utf8' });
    return { status, stdout, stderr };
  };
  expect(start(handlers, /\/zec-nic\.js$/)).toEqual({
    status: 0,
    stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) as string,
    stderr: '',
  });
  // Started without Terraform, it prints only this.
  expect(start(providers, /\/terraform-provider-zec_[^/]*$/)).toEqual({
    status: 1,
    stdout: '',
    stderr: expect.stringMatching(/^This is a Terraform provider\./) as string,
  });
});

describeWithTerraform('cdktf’s own matcher', () => {
  test('accepts the stack of the built-in carrier as valid', () => {
    const root = Testing.app({ context: { ...BUILT_IN } });
    const stack = new TerraformStack(root, 'net');
    new NicAttachment(stack, 'web', { nicId: 'nic-1', instanceId: 'ins-1' });
    expect(Testing.toBeValidTerraform(Testing.fullSynth(stack))).toBe(true);
    expect(Testing.toBeValidTerraform(join(folders[0] ?? '', 'nothing-here'))).toBe(false);
  });
});
