import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { checkCliConfig, parseBlocks } from '../../lib/cli/doctor/cli-config';
import { mirrorProvider } from '../support/bundle-provider';
import { run } from '../support/processes';
import { describeWithTerraform } from '../support/terraform';

const ADDRESS = 'cdktf.internal/zenlayer/zec';
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'zec-rc-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const installation = (...methods: readonly string[]) =>
  `provider_installation {\n${methods.map((method) => `  ${method}\n`).join('')}}\n`;
const mirror = (more = '', path = 'terraform.d/plugins') =>
  `filesystem_mirror {\n    path = "${path}"\n    ${more}\n  }`;
const OURS = 'include = ["cdktf.internal/*/*"]';
const NOT_OURS = 'exclude = ["cdktf.internal/*/*"]';

/** What stands in the configuration, and whether Terraform then finds the embedded provider. */
const CONFIGURATIONS: readonly (readonly [what: string, text: string, found: boolean])[] = [
  ['nothing', '', true],
  ['no provider_installation', 'plugin_cache_may_break_dependency_lock_file = true\n', true],
  [
    'one in comments',
    `# ${installation('direct {}').replaceAll('\n', '\n# ')}\n/* provider_installation { */\n`,
    true,
  ],
  ['an empty one', installation(), false],
  ['direct alone', installation('direct {}'), false],
  ['the block of the provider guide', installation(mirror(OURS), `direct {\n    ${NOT_OURS}\n  }`), true],
  ['a mirror of all', installation(mirror()), true],
  ['a mirror of all by wildcards', installation(mirror('include = ["*/*/*"]')), true],
  ['a mirror of exactly it', installation(mirror(`include = ["${ADDRESS}"]`)), true],
  ['a mirror of others', installation(mirror('include = ["zenlayer/*", "hashicorp/null"]')), false],
  ['a mirror that leaves it out', installation(mirror(NOT_OURS)), false],
  ['direct for it too', installation(mirror(OURS), 'direct {}'), false],
  ['a mirror elsewhere', installation(mirror('', '/nonexistent/plugins')), false],
  ['other overrides alone', installation('dev_overrides {\n    "hashicorp/null" = "/tmp"\n  }'), false],
  ['JSON', '{"provider_installation": [{"direct": [{}]}]}', false],
  [
    'JSON with a mirror',
    '{"provider_installation": [{"filesystem_mirror": [{"path": "terraform.d/plugins"}]}]}',
    true,
  ],
];

function configured(text: string): string {
  const file = join(folder, text.startsWith('{') ? 'rc.json' : 'rc');
  writeFileSync(file, text);
  return file;
}

const verdictOf = (file: string) =>
  checkCliConfig({ env: { TF_CLI_CONFIG_FILE: file }, homeDir: folder }, true).verdict;

test.each(CONFIGURATIONS)('%s', (_, text, found) => {
  expect(verdictOf(configured(text))).toBe(found ? 'ok' : 'fail');
});

describeWithTerraform('Terraform itself', () => {
  beforeAll(() => {
    const provider = join(folder, 'terraform-provider-zec_1.0.0');
    writeFileSync(provider, '#!/bin/sh\nexit 1\n', { mode: 0o755 });
    mirrorProvider(join(folder, 'stack'), ADDRESS, '1.0.0', provider);
    const required_providers = { zec: { source: ADDRESS, version: '1.0.0' } };
    writeFileSync(
      join(folder, 'stack', 'main.tf.json'),
      JSON.stringify({ terraform: { required_providers } }),
    );
  });

  test.each(CONFIGURATIONS)('agrees: %s', async (_, text, found) => {
    rmSync(join(folder, 'stack', '.terraform'), { recursive: true, force: true });
    rmSync(join(folder, 'stack', '.terraform.lock.hcl'), { force: true });
    const { code, output } = await run('terraform', ['init', '-input=false', '-no-color'], {
      cwd: join(folder, 'stack'),
      env: { TF_CLI_CONFIG_FILE: configured(text), CHECKPOINT_DISABLE: '1', TF_REGISTRY_CLIENT_TIMEOUT: '2' },
    });
    expect([code === 0, output]).toEqual([found, expect.any(String)]);
  });
});

test('the files that Terraform and OpenTofu read from the home directory are looked at', () => {
  const home = join(folder, 'home');
  const check = (env: Record<string, string> = {}) => checkCliConfig({ env, homeDir: home }, true);
  mkdirSync(join(home, '.terraform.d'), { recursive: true });
  expect(check().detail).toMatch(/^none/);
  writeFileSync(join(home, '.terraform.d', 'extra.tfrc'), installation('direct {}'));
  expect(check()).toMatchObject({ verdict: 'fail', detail: expect.stringContaining('extra.tfrc') as string });
  rmSync(join(home, '.terraform.d', 'extra.tfrc'));
  writeFileSync(join(home, '.terraformrc'), installation(mirror()));
  expect(check()).toMatchObject({ verdict: 'ok', detail: expect.stringContaining('.terraformrc') as string });
  writeFileSync(join(home, '.tofurc'), installation('direct {}'));
  expect(check()).toMatchObject({
    verdict: 'warn',
    detail: expect.stringContaining('OpenTofu only') as string,
  });
  expect(check({ TERRAFORM_BINARY_NAME: 'tofu' }).verdict).toBe('fail');
});

test('an override of the provider itself, and a file that is no configuration', () => {
  const override = installation(`dev_overrides {\n    "${ADDRESS}" = "/src"\n  }`, 'direct {}');
  expect(
    checkCliConfig({ env: { TF_CLI_CONFIG_FILE: configured(override) }, homeDir: '' }, true),
  ).toMatchObject({
    verdict: 'fail',
    detail: expect.stringContaining('dev_overrides takes the provider from /src') as string,
  });
  expect(verdictOf(configured('{"provider_installation": '))).toBe('fail');
  expect(verdictOf(configured('a {'.repeat(40)))).toBe('fail');
});

test('any text is read to its end, in no time', () => {
  const piece = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    '"',
    '\\',
    '=',
    ',',
    '#',
    '/*',
    '*/',
    '//',
    '\n',
    ' ',
    'a',
    'provider_installation',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 200 }), (pieces) => {
      try {
        parseBlocks(pieces.join(''));
      } catch (error) {
        expect((error as Error).message).toMatch(/nested too deeply|JSON/);
      }
    }),
  );
  expect(parseBlocks('/*'.repeat(500_000)).blocks).toEqual([]);
  expect(parseBlocks('"'.repeat(500_001)).blocks).toEqual([]);
});

test('labels, nested blocks and lists over lines', () => {
  const { blocks, attributes } = parseBlocks(
    'plugin_cache_dir = "$HOME/x" # why\nhost "a.example" {\n services = {}\n}\ncredentials "app" { token = "t" }\n' +
      'provider_installation { filesystem_mirror { path = "p" include = [\n "a/b",\n "c/d", ]\n } }',
  );
  expect(attributes.get('plugin_cache_dir')).toBe('$HOME/x');
  expect(blocks.map(({ type }) => type)).toEqual(['host', 'credentials', 'provider_installation']);
  expect(blocks[2]?.blocks[0]?.attributes).toEqual(
    new Map<string, unknown>([
      ['path', 'p'],
      ['include', ['a/b', 'c/d']],
    ]),
  );
});
