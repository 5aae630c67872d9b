import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TerraformStack } from 'cdktf';
import { NicAttachment } from '../../lib';
import { run } from '../support/processes';
import { describeWithTerraform, TERRAFORM } from '../support/terraform';
import { Deployment, unwrap } from './deployment';

const world = { instances: [{ instanceId: 'ins-1' }], nics: [{ nicId: 'nic-1' }] };
const web = (stack: TerraformStack) =>
  new NicAttachment(stack, 'web', { nicId: 'nic-1', instanceId: 'ins-1' });

describeWithTerraform('a synthesized stack as a child module', () => {
  let d: Deployment;
  afterEach(() => d.close());

  /** A root module that has the stack as its only module. */
  const rootOf = async (context: Readonly<Record<string, string>>) => {
    d = await Deployment.start(world, context);
    d.synth(web);
    const folder = d.subfolder('root');
    const main = { module: { network: { source: `../stacks/${Deployment.STACK}` } } };
    writeFileSync(join(folder, 'main.tf.json'), JSON.stringify(main));
    return folder;
  };
  const terraform = (cwd: string, ...args: readonly string[]) =>
    run(TERRAFORM, [...args, '-input=false', '-no-color'], { cwd, env: d.environment });
  const lifeCycle = async (cwd: string) => {
    for (const [args, nic] of [
      [['init'], 'AVAILABLE free'],
      [['apply', '-auto-approve'], 'USED ins-1'],
      [['plan', '-detailed-exitcode'], 'USED ins-1'],
      [['destroy', '-auto-approve'], 'AVAILABLE free'],
    ] as const) {
      expect(await terraform(cwd, ...args)).toMatchObject({ code: 0 });
      expect(d.nic('nic-1')).toBe(nic);
    }
  };

  test('the local-exec runner finds its handler', async () => {
    await lifeCycle(await rootOf({ 'zec:carrier': 'terraform_data' }));
  });

  test('the provider runner is found only in the root module', async () => {
    const root = await rootOf({ 'zec:runner': 'provider' });
    const { code, output } = await terraform(root, 'init');
    expect([code, unwrap(output)]).toEqual([1, expect.stringMatching(/cdktf\.internal\/zenlayer\/zec/)]);
    cpSync(join(d.directory, 'terraform.d'), join(root, 'terraform.d'), { recursive: true });
    await lifeCycle(root);
  });
});
