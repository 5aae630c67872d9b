import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TerraformStack } from 'cdktf';
import { NicAttachment } from '../../lib';
import { Deployment } from '../e2e/deployment';
import { EchoApi } from '../support/echo-api';
import { descendants } from '../support/processes';
import type { Started } from '../support/processes';
import { SECRETS, showing } from '../support/secrets';
import { describeWithTerraform } from '../support/terraform';

const world = { instances: [{ instanceId: 'ins-1' }], nics: [{ nicId: 'nic-1' }] };
const web = (stack: TerraformStack) =>
  new NicAttachment(stack, 'web', { nicId: 'nic-1', instanceId: 'ins-1', timeouts: { create: '2s' } });
const words = (output: string) => output.replace(/[\s│╷╵]+/g, ' ');

/** Samples the arguments of a process and its descendants until it exits. */
async function argumentLists(process: Started): Promise<string> {
  const seen = new Set<string>();
  const read = () => {
    for (const pid of [process.pid, ...descendants(process.pid).map((row) => row.pid)]) {
      try {
        seen.add(readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' '));
      } catch {
        // It has exited, or the system has no /proc.
      }
    }
  };
  const timer = setInterval(read, 40);
  await process.finished;
  clearInterval(timer);
  return [...seen].join('\n');
}

describeWithTerraform('secrets that the API echoes show nowhere that Terraform writes', () => {
  test.each([
    ['provider', { 'zec:runner': 'provider' }, { TF_LOG: 'JSON' }, /provider-zec/],
    ['local-exec', { 'zec:carrier': 'terraform_data' }, { TF_LOG: 'TRACE' }, /zec-nic\.js/],
  ])('runner %s', async (_, context, level, handler) => {
    const api = new EchoApi([SECRETS.token]);
    await api.listen();
    const d = await Deployment.start(world, context);
    try {
      d.synth(web);
      const noKey = { ZENLAYERCLOUD_ACCESS_KEY_ID: '', ZENLAYERCLOUD_ACCESS_KEY_PASSWORD: '' };
      const log = join(d.subfolder('logs'), 'trace.log');
      const env = { ...noKey, ...api.environment, ...level, ZENLAYER_TOKEN: SECRETS.token, TF_LOG_PATH: log };
      const running = await d.start(['apply', '-auto-approve'], env);
      const [argumentsSeen, { code, output }] = await Promise.all([argumentLists(running), running.finished]);
      api.echo = 'statuses';
      const plan = await d.terraform(['plan', '-out=plan.bin'], env);
      expect([code, plan.code]).toEqual([1, 0]);
      expect(api.requests).toBeGreaterThan(0);
      expect(argumentsSeen).toMatch(handler);
      const places = [
        ...d.files().filter(({ path }) => !/zec-nic\.js$|terraform-provider-zec_/.test(path)),
        { path: 'apply', text: output },
        { path: 'plan', text: plan.output },
        { path: 'arguments', text: argumentsSeen },
      ];
      expect(showing(places)).toEqual([]);
      expect(readFileSync(log, 'utf8').length).toBeGreaterThan(1000);
      expect(words(output)).toContain('[redacted]');
    } finally {
      await api.close();
      await d.close();
    }
  });
});

describeWithTerraform('a credential file that others can read', () => {
  test('is used, and the provider’s warning is shown by plan and apply', async () => {
    const d = await Deployment.start(world, { 'zec:runner': 'provider' });
    try {
      d.simulator.cloud.patch({
        credentials: [{ accessKeyId: 'key-id', accessKeyPassword: SECRETS.profile }],
      });
      const home = d.subfolder('home');
      mkdirSync(join(home, '.zenlayer'));
      const file = join(home, '.zenlayer', 'credentials.json');
      const profile = { access_key_id: 'key-id', access_key_secret: SECRETS.profile };
      writeFileSync(file, JSON.stringify({ default: profile }));
      chmodSync(file, 0o644);
      const env = { ZENLAYERCLOUD_ACCESS_KEY_ID: '', ZENLAYERCLOUD_ACCESS_KEY_PASSWORD: '', HOME: home };
      d.synth(web);
      for (const command of [['plan'], ['apply', '-auto-approve']]) {
        const { code, output } = await d.terraform(command, env);
        expect([code, words(output)]).toEqual([
          0,
          expect.stringMatching(
            /Warning: The provider configuration should be changed.*credentials\.json can be read.*chmod 600/,
          ),
        ]);
        expect(showing([{ path: 'output', text: output }])).toEqual([]);
      }
      chmodSync(file, 0o600);
      const { code, output } = await d.terraform(['plan'], env);
      expect([code, output]).toEqual([0, expect.not.stringContaining('Warning')]);
    } finally {
      await d.close();
    }
  });
});

test('synth leaves only the lock file, the stack and terraform.d in the stack’s folder', async () => {
  const d = await Deployment.start(world, { 'zec:runner': 'provider' });
  try {
    d.synth(web);
    expect(readdirSync(d.directory).sort()).toEqual(['.terraform.lock.hcl', 'cdk.tf.json', 'terraform.d']);
  } finally {
    await d.close();
  }
});
