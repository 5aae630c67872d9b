import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Testing } from 'cdktf';
import { NicAttachment, ProviderRunner } from '../../lib';
import { BUILT_IN, stackWith } from './stacks';

const MIRRORS_ONLY =
  'provider_installation {\n  network_mirror {\n    url = "https://mirror.example.com/"\n  }\n}\n';
const WITH_STACK = `provider_installation {
  filesystem_mirror {
    path    = "terraform.d/plugins"
    include = ["cdktf.internal/*/*"]
  }
  network_mirror {
    url     = "https://mirror.example.com/"
    exclude = ["cdktf.internal/*/*"]
  }
}
`;

const { env } = process;
let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'cli-config-'));
  process.env = {
    ...env,
    HOME: home,
    TF_CLI_CONFIG_FILE: '',
    TERRAFORM_CONFIG: '',
    TERRAFORM_BINARY_NAME: '',
  };
});
afterEach(() => {
  process.env = env;
  rmSync(home, { recursive: true, force: true });
});

/** The warnings of a stack with two provider runners, which is synthesized twice. */
function warnings(): string[] {
  const stack = stackWith();
  const runner = new ProviderRunner(stack, 'first');
  new NicAttachment(stack, 'web', { nicId: 'nic-1', instanceId: 'ins-1', runner });
  const second = new ProviderRunner(stack, 'second');
  new NicAttachment(stack, 'db', { nicId: 'nic-2', instanceId: 'ins-1', runner: second });
  Testing.synth(stack);
  Testing.synth(stack);
  return stack.node
    .findAll()
    .flatMap(({ node }) =>
      node.metadata.filter(({ type }) => type.endsWith('warn')).map(({ data }) => String(data)),
    );
}

test('a CLI configuration that hides the embedded provider is one warning with the block to add', () => {
  writeFileSync(join(home, '.terraformrc'), MIRRORS_ONLY);
  expect(warnings()).toEqual([
    expect.stringMatching(
      /\.terraformrc: its provider_installation block hides the embedded provider.*\. Add .*filesystem_mirror \{ path = "terraform\.d\/plugins", include = \["cdktf\.internal/,
    ),
  ]);
});

test('TF_CLI_CONFIG_FILE is read in place of ~/.terraformrc', () => {
  writeFileSync(join(home, '.terraformrc'), MIRRORS_ONLY);
  const file = join(home, 'other.tfrc');
  writeFileSync(file, WITH_STACK);
  process.env.TF_CLI_CONFIG_FILE = file;
  expect(warnings()).toEqual([]);
});

test.each([
  ['terraform', 0],
  ['tofu', 1],
])('.tofurc applies to OpenTofu only: %s', (program, count) => {
  writeFileSync(join(home, '.tofurc'), MIRRORS_ONLY);
  process.env.TERRAFORM_BINARY_NAME = program;
  expect(warnings()).toHaveLength(count);
});

test('a home directory that is not set or cannot be read is no error', () => {
  writeFileSync(join(home, '.terraform.d'), 'not a directory');
  expect(warnings()).toEqual([]);
  delete process.env.HOME;
  const before = process.cwd();
  process.chdir(home);
  writeFileSync(join(home, '.terraformrc'), MIRRORS_ONLY);
  try {
    expect(warnings()).toEqual([]);
  } finally {
    process.chdir(before);
  }
});

test('a FIFO is not read', () => {
  spawnSync('mkfifo', [join(home, '.terraformrc')]);
  expect(warnings()).toEqual([expect.stringContaining('it is not a regular file')]);
});

test('without a configuration, with a missing one or under the local-exec runner there is no warning', () => {
  expect(warnings()).toEqual([]);
  process.env.TF_CLI_CONFIG_FILE = join(home, 'missing');
  expect(warnings()).toEqual([]);
  process.env.TF_CLI_CONFIG_FILE = '';
  writeFileSync(join(home, '.terraformrc'), MIRRORS_ONLY);
  const stack = stackWith(BUILT_IN);
  new NicAttachment(stack, 'web', { nicId: 'nic-1', instanceId: 'ins-1' });
  Testing.synth(stack);
  expect(
    stack.node.findAll().flatMap(({ node }) => node.metadata.filter(({ type }) => type.endsWith('warn'))),
  ).toEqual([]);
});
