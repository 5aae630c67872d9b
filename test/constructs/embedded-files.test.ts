import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TerraformStack, TerraformVariable } from 'cdktf';
import { LocalExecRunner, NicAttachment, ProviderRunner } from '../../lib';
import { app, stackWith } from './stacks';

// The umask can be read only by setting it.
const umask = process.umask(0o022);
process.umask(umask);
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'zec-modes-'));
});
afterEach(() => {
  process.umask(umask);
  rmSync(folder, { recursive: true, force: true });
});

const stackFolder = () => join(folder, 'out', 'stacks', 'net');
const mirror = () => join(stackFolder(), 'terraform.d/plugins/cdktf.internal/zenlayer/zec');

function synth(): void {
  const root = app(join(folder, 'out'));
  const stack = new TerraformStack(root, 'net');
  const other = new LocalExecRunner(stack, 'other');
  new NicAttachment(stack, 'a', {
    nicId: 'nic-1',
    instanceId: 'ins-1',
    runner: new ProviderRunner(stack, 'zec'),
  });
  new NicAttachment(stack, 'b', { nicId: 'nic-2', instanceId: 'ins-1', runner: other });
  root.synth();
}

/** The modes of all files in the stack's folder and its subfolders whose name matches. */
function modes(name: RegExp): string[] {
  const files = readdirSync(stackFolder(), { recursive: true, withFileTypes: true }).filter(
    (entry) => entry.isFile() && name.test(entry.name),
  );
  return files.map((entry) => (statSync(join(entry.parentPath, entry.name)).mode & 0o777).toString(8));
}

test.each([0o000, 0o022, 0o077])('file modes do not depend on the umask: %o', (mask) => {
  process.umask(mask);
  mkdirSync(stackFolder(), { recursive: true });
  const lock = join(stackFolder(), '.terraform.lock.hcl');
  writeFileSync(lock, '');
  chmodSync(lock, 0o600);
  synth();
  expect(modes(/^terraform-provider-zec_/)).toEqual(['755', '755', '755', '755']);
  expect(modes(/^\.terraform\.lock\.hcl$/)).toEqual(['644']);
  // Node runs it, so it need not be executable, but other users must not be able to write to it.
  expect(modes(/^zec-nic\.js$/)).toEqual([expect.stringMatching(/^7[05][05]$|^6[04][04]$/)]);
});

test('the mode of an existing executable is restored', () => {
  synth();
  const [version = ''] = readdirSync(mirror());
  const platform = join(mirror(), version, 'linux_amd64');
  chmodSync(join(platform, readdirSync(platform)[0] ?? ''), 0o600);
  synth();
  expect(modes(/^terraform-provider-zec_/)).toEqual(['755', '755', '755', '755']);
});

describe('a second synth into files that it cannot change', () => {
  const LOCAL_EXEC = (stack: TerraformStack) => new LocalExecRunner(stack, 'runner');
  const PROVIDER = (stack: TerraformStack) => new ProviderRunner(stack, 'runner');
  const synthWith = (runner: (stack: TerraformStack) => unknown) => () => {
    const root = app(join(folder, 'out'));
    runner(new TerraformStack(root, 'net'));
    root.synth();
  };
  const USER = 12_345;
  const isRoot = process.getuid?.() === 0;

  test.each([
    ['local-exec', 'cdk.tf.json', LOCAL_EXEC],
    ['provider', 'cdk.tf.json', PROVIDER],
    ['provider', 'package.json', PROVIDER],
  ])('with the %s runner, a read-only %s is an error with advice', (_, name, runner) => {
    chmodSync(folder, 0o755);
    synthWith(runner)();
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) =>
      join(folder, file),
    );
    const path = files.find((file) => file.endsWith(`/${name}`)) ?? '';
    chmodSync(path, 0o444);
    // Root may write to every file: as another user, who owns all files but this one.
    if (isRoot) for (const file of files) if (file !== path) chownSync(file, USER, USER);
    if (isRoot) process.seteuid?.(USER);
    try {
      expect(synthWith(runner)).toThrow(
        `net/runner: EACCES: permission denied, open '${path}'. Files of an earlier synth belong to another user or are read-only: change their owner (chown -R) or mode (chmod -R u+w) in ${stackFolder()}.`,
      );
    } finally {
      if (isRoot) process.seteuid?.(0);
    }
  });
});

test('older builds of the embedded provider are removed from the mirror, and other entries are kept', () => {
  const theirs = ['0.1.0', 'notes', '9.9.9-bmine'];
  const ours = '0.0.9-b0123456789ab';
  for (const name of [...theirs, ours]) mkdirSync(join(mirror(), name), { recursive: true });
  synth();
  expect(theirs.filter((name) => !existsSync(join(mirror(), name)))).toEqual([]);
  expect(existsSync(join(mirror(), ours))).toBe(false);
});

describe('the provider version required to move state from another resource type', () => {
  const requirements = () =>
    Object.fromEntries(
      readdirSync(stackFolder())
        .filter((name) => name.startsWith('zec-moved-state'))
        .sort()
        .map((name) => [name, JSON.parse(readFileSync(join(stackFolder(), name), 'utf8'))]),
    );
  const synthMoves = (address?: string) => {
    const root = app(join(folder, 'out'));
    const stack = new TerraformStack(root, 'net');
    const attachment = new NicAttachment(stack, 'a', {
      nicId: 'nic-1',
      instanceId: 'ins-1',
      runner: new ProviderRunner(stack, 'zec'),
    });
    new ProviderRunner(stack, 'second');
    if (address !== undefined) attachment.moveFrom(address);
    root.synth();
    return requirements();
  };

  test.each([
    'null_resource.nic_attachment["nic-1"]',
    'terraform_data.nic_attachment["nic-1"]',
    'zenlayercloud_zec_vnic_attachment.web',
    'module.zec_nic_attachment.null_resource.nic_attachment["zec_nic_attachment.a"]',
  ])('is written for the move and removed with it: %s', (address) => {
    expect(synthMoves(address)).toEqual({
      'zec-moved-state.tf.json': { terraform: { required_version: '>= 1.8' } },
      'zec-moved-state.tofu.json': { terraform: { required_version: '>= 1.10' } },
    });
    expect(synthMoves()).toEqual({});
  });

  test.each(['zec_nic_attachment.old', 'module.net["a.b"].module.x.zec_nic_attachment.old[0]'])(
    'is not written for a move within the same type: %s',
    (address) => {
      expect(synthMoves(address)).toEqual({});
    },
  );
});

test('a plaintext secret gets a warning; a reference to a variable does not', () => {
  const stack = stackWith();
  const variable = new TerraformVariable(stack, 'password', { sensitive: true });
  const warnings = (id: string, props: { accessKeyPassword?: string; token?: string }) => {
    const runner = new ProviderRunner(stack, id, { accessKeyId: 'id', ...props });
    return runner.node.metadata.map(({ data }) => String(data)).filter((text) => text.includes('plain text'));
  };
  expect(warnings('a', { accessKeyPassword: variable.stringValue })).toEqual([]);
  expect(warnings('b', { accessKeyPassword: 'hush-hush' })).toEqual([
    expect.stringMatching(
      /^accessKeyPassword is a literal, and synth writes it to the stack in plain text\. Set it/,
    ),
  ]);
  expect(warnings('c', { token: 'hush-hush' }).join()).not.toContain('hush');
});
