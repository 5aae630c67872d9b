import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve, sep } from 'node:path';
import { App, DataResource, TerraformOutput, TerraformStack } from 'cdktf';
import fc from 'fast-check';
import { LocalExecRunner, NicAttachment, ProviderRunner } from '../../lib';
import { upsertLockEntry } from '../../lib/constructs/assets';
import { fuzz } from '../support/fuzz';
import { broken, hostileKey, hostileText } from '../support/hostile';
import { BUILT_IN, stackWith, synth } from './stacks';

const upsert = (text: string, version: string) => upsertLockEntry(text, version, 'h1:abc=');
const block = (address: string) =>
  `provider "${address}" {\n  version = "1.2.3"\n  hashes = [\n    "h1:x",\n  ]\n}\n`;

const foreign = fc.constantFrom(
  '# This file is maintained automatically by "terraform init".\n',
  block('registry.terraform.io/hashicorp/null'),
  block('cdktf.internal/zenlayer/zec2'),
  block('cdktf.internal/zenlayer/zec.evil').replaceAll('\n', '\r\n'),
  block('cdktf-internal/zenlayer/zec'),
  '# provider "cdktf.internal/zenlayer/zec" {\n',
  '\u2028\n',
  '\n\n',
);
const own = fc.constantFrom(
  block('cdktf.internal/zenlayer/zec'),
  block('cdktf.internal/zenlayer/zec').replaceAll('\n', '\r\n'),
);

fuzz(
  'the provider’s lock file entry replaces its previous entry and leaves every other byte unchanged',
  [fc.array(foreign, { maxLength: 3 }), fc.option(own), fc.array(foreign, { maxLength: 3 })],
  (first, previous, last) => {
    const before = [...first, previous ?? '', ...last].join('');
    const after = upsert(before, '2.0.0');
    expect(upsert(after, '2.0.0')).toBe(after);
    expect(upsert(after, '3.0.0')).toBe(after.replaceAll('"2.0.0"', '"3.0.0"'));
    expect(after.split('"2.0.0"')).toHaveLength(3);
    const kept = (previous === null ? [[...first, ...last]] : [first, last]).map((texts) =>
      texts.join('').trim(),
    );
    for (const text of kept) expect(after).toContain(text);
    expect(after).not.toMatch(/provider "cdktf\.internal\/zenlayer\/zec" \{\s*version = "1\.2\.3"/);
  },
  300,
);

fuzz(
  'the entry is written whatever the lock file contains',
  [
    fc.oneof(
      hostileText,
      broken(
        fc.array(fc.oneof(foreign, own), { maxLength: 5 }).map((texts) => Buffer.from(texts.join(''))),
      ).map(String),
      fc.constantFrom('provider "'.repeat(10_000), '"'.repeat(100_001), '{'.repeat(100_000)),
    ),
  ],
  (before) => {
    const after = upsert(before, '2.0.0');
    expect(upsert(after, '2.0.0')).toBe(after);
    expect(after).toContain('"2.0.0"');
    expect(after.length).toBeLessThanOrEqual(before.length + 400);
  },
);

/** Valid names of a construct. The library "constructs" rejects an empty name and the names of object members. */
const name = hostileKey.filter((text) => text !== '' && !(text in {})).map((text) => text.slice(0, 200));
/** All texts that Terraform would evaluate as a template. */
function templates(value: unknown): string[] {
  if (typeof value === 'string') return value.match(/[$%]\{[^}]*\}?/g) ?? [];
  return typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([key, part]) => [...templates(key), ...templates(part)])
    : [];
}
const REFERENCE = /^\$\{(terraform_data|null_resource|each\.value|it|self|local)[\w.[\]"%/ :@+=,-]*\}$/;
const PAIRS = /^\$\{\{for key, it in [\w.-]+ : key => "\$\{it\.triggers_replace\.nic_id\}$/;
const PART =
  /^\$\{jsonencode\(\[for it in slice\(values\(local\.[\w.-]+\), \d+, \d+\) : merge\(it, \{ nic_id = substr\(it\.nic_id, 0, 129\), instance_id = substr\(it\.instance_id, 0, 129\) \}$/;
const PREFLIGHT = /^\$\{coalesce\(self\.preflight_error, "It can be attached\."\)\}$/;
const MODULE = /^\$\{path\.module\}$/;
const OURS = new RegExp(
  [REFERENCE, PAIRS, PART, PREFLIGHT, MODULE].map(({ source }) => `(?:${source})`).join('|'),
);

fuzz(
  'IDs of constructs, runners and stacks never reach a template, a shell or the environment',
  [name, name, fc.boolean()],
  (id, runnerId, provider) => {
    const stack = stackWith(BUILT_IN);
    const runner = provider
      ? new ProviderRunner(stack, `${runnerId}r`)
      : new LocalExecRunner(stack, `${runnerId}r`);
    const source = new DataResource(stack, 'source', {});
    const web = new NicAttachment(stack, id, {
      nicId: source.output.toString(),
      instanceId: 'ins-1',
      runner,
    });
    new TerraformOutput(stack, 'out', { value: web.id });
    const { resource, locals, output } = synth(stack);
    // CDKTF writes each construct's path into a comment, under the key "//".
    const withoutComments = JSON.parse(JSON.stringify({ resource, locals, output }), (key, value: unknown) =>
      key === '//' ? undefined : value,
    ) as unknown;
    for (const template of templates(withoutComments)) {
      if (template.startsWith('${zec_nic_attachment.'))
        expect(template).toMatch(/^\$\{zec_nic_attachment\.[\w-]+\.\w+\}$/);
      else expect(template).toMatch(OURS);
    }
    for (const block of Object.values(resource).flatMap((type) => Object.values(type))) {
      for (const { 'local-exec': exec } of block.provisioner ?? []) {
        expect(exec.command).toMatch(/^(converge|delete)$/);
        expect(exec.interpreter).toEqual([
          'node',
          expect.stringMatching(/^\$\{path\.module\}\/assets\/[\w-]+\/[0-9A-F]{32}\/zec-nic\.js$/),
        ]);
        expect(Object.keys(exec.environment).sort()).toEqual(
          exec.command === 'delete'
            ? ['ZEC_INSTANCE_ID', 'ZEC_NIC_ID', 'ZEC_TIMEOUT']
            : ['ZEC_ATTACHMENTS_1'],
        );
      }
    }
  },
  40,
);

fuzz(
  'a literal import ID must be well-formed',
  [hostileText],
  (id) => {
    const stack = stackWith();
    const web = new NicAttachment(stack, 'web', {
      nicId: 'nic-1',
      instanceId: 'ins-1',
      runner: new ProviderRunner(stack, 'zec'),
    });
    try {
      web.importFrom(id);
      expect(id).toMatch(/^[\w-]+(:[\w-]+)?$/);
    } catch (error) {
      expect((error as Error).message).toMatch(
        /^net\/web: the ID to import is invalid: ".*Expected "nicId:instanceId"/s,
      );
    }
  },
  40,
);

fuzz(
  'no stack name causes a write outside the app’s folder',
  [fc.oneof(fc.constantFrom('..', '.', '../..', '/tmp/x', 'a/../../b', '~'), name)],
  (id) => {
    const folder = mkdtempSync(join(tmpdir(), 'zec-names-'));
    const outdir = join(folder, 'a', 'b', 'out');
    mkdirSync(join(folder, 'a', 'b'), { recursive: true });
    try {
      const app = new App({ outdir, stackTraces: false });
      const stack = new TerraformStack(app, id);
      new NicAttachment(stack, 'web', {
        nicId: 'nic-1',
        instanceId: 'ins-1',
        runner: new ProviderRunner(stack, 'zec'),
      });
      app.synth();
    } catch (error) {
      // CDKTF rejects blanks, and the file system rejects names that are too long or contain a NUL.
      expect(String(error)).toMatch(/whitespace|ENAMETOOLONG|null bytes|must be a string|invalid/i);
    } finally {
      const written = readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((each) => each.isFile())
        .map((each) => resolve(each.parentPath, each.name));
      for (const path of written) expect(path.startsWith(outdir + sep)).toBe(true);
      const locks = written.filter((path) => path.endsWith('.terraform.lock.hcl'));
      for (const path of locks) expect(readFileSync(path, 'utf8')).toContain('cdktf.internal/zenlayer/zec');
      rmSync(folder, { recursive: true, force: true });
    }
  },
  12,
);
