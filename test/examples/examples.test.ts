import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { parseWorld } from '../../lib/simulator';
import type { Synthesized } from '../constructs/stacks';
import { run } from '../support/processes';

const examples = resolve(__dirname, '../../examples');
const build = resolve(__dirname, '../../build');
const names = readdirSync(examples).filter((name) => existsSync(join(examples, name, 'main.ts')));

/** The synthesized output of an example with `framework`, run as its cdktf.json specifies, in a folder of the package. */
async function synthesized(name: string, framework = 'cdktf'): Promise<Synthesized> {
  mkdirSync(build, { recursive: true });
  const folder = mkdtempSync(join(build, 'example-'));
  try {
    const text = readFileSync(join(examples, name, 'main.ts'), 'utf8');
    writeFileSync(join(folder, 'main.ts'), text.replace("from 'cdktf'", `from '${framework}'`));
    const { code, output } = await run(process.execPath, [require.resolve('tsx/cli'), 'main.ts'], {
      cwd: folder,
      env: { TMPDIR: folder },
    });
    if (code !== 0) throw new Error(output);
    const file = join(folder, 'cdktf.out', 'stacks', name, 'cdk.tf.json');
    return JSON.parse(readFileSync(file, 'utf8')) as Synthesized;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const read = (name: string, file: string): unknown =>
  JSON.parse(readFileSync(join(examples, name, file), 'utf8'));

test.each(names)('%s is a complete app: it has a README, and its cdktf.json runs it', (name) => {
  expect(readdirSync(join(examples, name))).toEqual(expect.arrayContaining(['README.md', 'cdktf.json']));
  expect(read(name, 'cdktf.json')).toMatchObject({ app: 'npx tsx main.ts', sendCrashReports: 'false' });
});

test.each(names)('%s synthesizes the same with cdktn as with cdktf', async (name) => {
  const [one, other] = await Promise.all([synthesized(name), synthesized(name, 'cdktn')]);
  // The metadata contains the framework, and the local backend the folder.
  const comparable = (key: string, value: unknown) => (key === '//' || key === 'backend' ? undefined : value);
  expect(JSON.parse(JSON.stringify(other), comparable)).toEqual(JSON.parse(JSON.stringify(one), comparable));
  const version = (stack: Synthesized) =>
    (stack as { '//'?: { metadata: { version: string } } })['//']?.metadata.version;
  expect([version(one), version(other)]).toEqual(['0.21.0', '0.24.0']);
});

test.each(names.filter((name) => existsSync(join(examples, name, 'world.json'))))(
  '%s attaches free vNICs of its world to running instances of the same region',
  async (name) => {
    const { locals, resource } = await synthesized(name);
    const world = parseWorld(read(name, 'world.json'));
    const attachments = Object.values({ ...locals?.nic_attachment, ...resource.zec_nic_attachment });
    expect(attachments.length).toBeGreaterThan(0);
    for (const { nic_id, instance_id } of attachments) {
      const nic = world.nics.find(({ nicId }) => nicId === nic_id);
      const instance = world.instances.find(({ instanceId }) => instanceId === instance_id);
      expect([nic?.status, instance?.status]).toEqual(['AVAILABLE', 'RUNNING']);
      expect(instance?.zoneId.startsWith(nic?.regionId ?? 'none')).toBe(true);
    }
  },
);

test('with-vendor-provider references the vendor’s resources, so that Terraform creates them first', async () => {
  const { locals, resource, terraform } = await synthesized('with-vendor-provider');
  expect(Object.values(locals?.nic_attachment ?? {})).toEqual([
    {
      nic_id: '${zenlayercloud_zec_vnic.inside.id}',
      instance_id: '${zenlayercloud_zec_instance.router.id}',
      create_timeout: '15m',
      construct: 'with-vendor-provider/router-inside',
    },
  ]);
  expect(Object.keys(resource).sort()).toEqual([
    'null_resource',
    'zenlayercloud_zec_instance',
    'zenlayercloud_zec_vnic',
  ]);
  expect(terraform?.required_providers).toMatchObject({
    zenlayercloud: { source: 'zenlayer/zenlayercloud' },
  });
});
