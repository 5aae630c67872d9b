import { chmodSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { NicAttachment } from '../../lib';
import { run } from '../support/processes';
import { describeWithTerraform, TERRAFORM } from '../support/terraform';
import { Deployment } from './deployment';

const ids = { nicId: 'nic-1', instanceId: 'ins-1' };
const world = { instances: [{ instanceId: 'ins-1' }], nics: [{ nicId: 'nic-1' }] };
const repository = resolve(__dirname, '../..');

/** The commands that the guide gives for the job that applies. The first one is for the provider runner. */
function documentedCommands(runner: string): string {
  const guide = readFileSync(join(repository, 'docs/guide/pipelines.md'), 'utf8');
  const [, section = ''] = guide.split('## Plan in one job, apply in another');
  const [, commands = 'exit 99'] = /```sh\n([\s\S]*?)```/.exec(section) ?? [];
  return runner === 'provider' ? commands : commands.replace(/^find .*\n/, '');
}

/** All files in a folder and its subfolders. */
const filesIn = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

const RUNNERS = [
  ['provider', { 'zec:runner': 'provider' }],
  ['local-exec', { 'zec:carrier': 'terraform_data' }],
] as const;

describeWithTerraform('a plan of one machine and the apply of another', () => {
  describe.each(RUNNERS)('with the %s runner', (runner, context) => {
    let d: Deployment;
    let elsewhere: string;
    beforeEach(async () => {
      d = await Deployment.start(world, context);
      elsewhere = mkdtempSync(join(tmpdir(), 'zec-elsewhere-'));
      d.synth((stack) => new NicAttachment(stack, 'web', ids));
    });
    afterEach(async () => {
      rmSync(elsewhere, { recursive: true, force: true });
      await d.close();
    });

    test('stack, lock file and plan name no path and no platform of the machine that made them', async () => {
      const plan = await d.savedPlan();
      const lock = runner === 'provider' ? ['.terraform.lock.hcl'] : [];
      const texts = ['cdk.tf.json', ...lock].map((name) => readFileSync(join(d.directory, name), 'utf8'));
      const local = [d.folder, repository, tmpdir(), homedir(), process.execPath];
      const platforms = ['linux', 'darwin', 'amd64', 'arm64', 'x64'];
      for (const text of [plan, ...texts]) {
        expect(text).toContain(runner === 'provider' ? 'cdktf.internal/zenlayer/zec' : 'nic_attachment');
        for (const name of [...local, ...platforms])
          expect([name, text.includes(name)]).toEqual([name, false]);
        expect(text).not.toMatch(/"(?:\/|[A-Z]:\\)[\w.-]+[/\\]/);
      }
    });

    test('a plan is applied in another folder, with the commands of the guide, after its files have lost their modes', async () => {
      await d.savedPlan();
      const stack = join(elsewhere, 'stack');
      const isKept = (path: string) =>
        !path.includes(`${d.directory}/.terraform/`) && !path.endsWith('/.terraform');
      cpSync(d.directory, stack, { recursive: true, filter: isKept });
      rmSync(d.directory, { recursive: true });
      for (const path of filesIn(stack)) chmodSync(path, 0o644);
      const moved = d.at(stack);
      if (runner === 'provider') {
        const { code, output } = await moved.terraform(['apply', 'plan.bin']);
        expect([code, output.replace(/\s+/g, ' ')]).toEqual([
          1,
          expect.stringMatching(/terraform-provider-zec_\S+: permission denied/),
        ]);
      }
      const env = { ...d.environment, PATH: process.env.PATH ?? '' };
      const commands = documentedCommands(runner).replaceAll(/^terraform /gm, `'${TERRAFORM}' `);
      const { code, output } = await run('sh', ['-ec', commands], { cwd: stack, env });
      expect([code, output]).toEqual([0, expect.stringContaining('Apply complete!')]);
      expect(d.nic('nic-1')).toBe('USED ins-1');
    });
  });
});
