// The main job from end to end on this machine: real cdktf, real Terraform, and a simulated ZEC API.
// "npm run quickstart" builds the package first.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { styleText } from 'node:util';
import { Chatter } from './chatter.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const require = createRequire(import.meta.url);
const example = join(root, 'examples', 'quickstart');
const stack = 'quickstart';
// Terraform would warn at every step about a CLI configuration file that is named but does not exist.
if (!existsSync(process.env.TF_CLI_CONFIG_FILE ?? '')) delete process.env.TF_CLI_CONFIG_FILE;

// Neither Terraform nor cdktf calls home.
process.env.CHECKPOINT_DISABLE = '1';

const STEP_MS = 5 * 60_000;

class StepFailed extends Error {}

let child;
let simulator;
let folder;
let interrupted = false;

function say(text = '') {
  process.stdout.write(`${text}\n`);
}

function heading(text) {
  say(`\n${process.stdout.isTTY && !process.env.NO_COLOR ? styleText('bold', text) : text}`);
}

/** Runs a command to its end and returns what it printed. Its output is shown, indented, if `show` is set. */
async function run(
  command,
  args,
  { cwd = folder, env = {}, show = false, allowFailure = false, limitMs = STEP_MS } = {},
) {
  if (interrupted) throw new StepFailed('interrupted');
  const started = spawn(command, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  child = started;
  let output = '';
  let line = '';
  let blank = true;
  const chatter = new Chatter();
  const print = (text) => {
    const trimmed = text.trimEnd();
    if (!chatter.admits(trimmed) || (blank && trimmed.trim() === '')) return;
    blank = trimmed.trim() === '';
    say(`    ${trimmed}`);
  };
  const take = (chunk) => {
    output += chunk;
    if (!show) return;
    const lines = (line + chunk).split('\n');
    line = lines.pop();
    lines.forEach(print);
  };
  started.stdout.setEncoding('utf8').on('data', take);
  started.stderr.setEncoding('utf8').on('data', take);
  const timer = setTimeout(() => stop(started, 'SIGKILL'), limitMs);
  const code = await new Promise((resolve, reject) => {
    started.on('error', reject);
    started.on('close', (status, signal) => resolve(status ?? signal));
  }).finally(() => clearTimeout(timer));
  child = undefined;
  if (line !== '' && show) print(line);
  if (interrupted) throw new StepFailed('interrupted');
  if (code !== 0 && !allowFailure) {
    const unseen = show ? chatter.hidden : output;
    throw new StepFailed(`"${[command, ...args].join(' ')}" ended with ${code}:\n${unseen}`);
  }
  return { code, output };
}

function stop(started, signal) {
  try {
    process.kill(-started.pid, signal);
  } catch {
    // It has ended already.
  }
}

function requireTerraform() {
  const { status, stdout } = spawnSync('terraform', ['version', '-json'], { encoding: 'utf8' });
  if (status !== 0) {
    throw new StepFailed(
      'Terraform is missing. Install Terraform 1.4 or newer so that "terraform version" works, then run this again.',
    );
  }
  const version = JSON.parse(stdout).terraform_version;
  const [major, minor] = version.split('.').map(Number);
  if (major < 1 || (major === 1 && minor < 4)) {
    throw new StepFailed(`Terraform ${version} is too old: 1.4 or newer is needed.`);
  }
  return version;
}

/** Whether Terraform can install the null provider here. Asking Terraform itself is the only honest test. */
async function canInstallNullProvider() {
  const probe = join(folder, 'probe');
  mkdirSync(probe);
  const required = { null: { source: 'hashicorp/null', version: '3.2.4' } };
  writeFileSync(join(probe, 'main.tf.json'), JSON.stringify({ terraform: { required_providers: required } }));
  const { code } = await run('terraform', ['init', '-input=false', '-no-color'], {
    cwd: probe,
    allowFailure: true,
    limitMs: 60_000,
  });
  return code === 0;
}

function expectWorld(what, holds) {
  if (!holds) throw new StepFailed(`The API disagrees: ${what} does not hold.`);
  say(`    checked against the API: ${what}`);
}

async function main() {
  const terraformVersion = requireTerraform();
  folder = mkdtempSync(join(tmpdir(), 'zec-quickstart-'));
  const scratch = join(folder, 'tmp');
  mkdirSync(scratch);
  process.env.TF_PLUGIN_CACHE_DIR = join(folder, 'plugin-cache');
  mkdirSync(process.env.TF_PLUGIN_CACHE_DIR);

  heading('1. Start a ZEC API simulator and choose how Terraform carries the attachment');
  const { startSimulator } = require(join(root, 'dist', 'simulator', 'index.js'));
  const world = JSON.parse(readFileSync(join(example, 'world.json'), 'utf8'));
  simulator = await startSimulator({ world });
  const [credential] = world.credentials;
  const env = {
    ZENLAYERCLOUD_DOMAIN: new URL(simulator.endpoint).host,
    ZENLAYERCLOUD_SCHEME: 'http',
    ZENLAYERCLOUD_ACCESS_KEY_ID: credential.accessKeyId,
    ZENLAYERCLOUD_ACCESS_KEY_PASSWORD: credential.accessKeyPassword,
    TMPDIR: scratch,
    CI: '1',
    FORCE_COLOR: '0',
    NO_COLOR: '1',
  };
  say(`    simulator at ${simulator.endpoint}, Terraform ${terraformVersion}`);
  const carrier = (await canInstallNullProvider()) ? 'null_resource' : 'terraform_data';
  say(
    carrier === 'null_resource'
      ? '    carrier: null_resource, since Terraform can install its provider'
      : '    carrier: the built-in terraform_data, since Terraform cannot install the provider of null_resource from here',
  );
  const configure = (context) =>
    writeFileSync(
      join(folder, 'cdktf.json'),
      JSON.stringify({
        language: 'typescript',
        app: `"${process.execPath}" "${require.resolve('tsx/cli')}" "${join(example, 'main.ts')}"`,
        projectId: 'quickstart',
        sendCrashReports: 'false',
        context,
      }),
    );
  configure({ 'zec:carrier': carrier });
  const cdktf = (args, options = {}) =>
    run(process.execPath, [require.resolve('cdktf-cli/bundle/bin/cdktf'), ...args], { env, ...options });
  const zecNic = (args, options = {}) =>
    run(process.execPath, [join(root, 'dist', 'assets', 'zec-nic', 'zec-nic.js'), ...args], {
      env,
      ...options,
    });
  const planIsEmpty = async () => {
    const { code } = await run('terraform', ['plan', '-input=false', '-no-color', '-detailed-exitcode'], {
      cwd: join(folder, 'cdktf.out', 'stacks', stack),
      env,
      allowFailure: true,
    });
    return code === 0;
  };

  const free = world.nics.find((nic) => nic.status === 'AVAILABLE');
  const { instanceId } = world.instances[0];
  const ids = ['--nic-id', free.nicId, '--instance-id', instanceId];
  const isAttached = () => nicNow().status === 'USED' && nicNow().instanceId === instanceId;
  const isFree = () => nicNow().status === 'AVAILABLE' && nicNow().instanceId === undefined;
  const nicNow = () => simulator.cloud.world().nics.find((nic) => nic.nicId === free.nicId);

  heading('2. Review the plan (cdktf diff)');
  await cdktf(['diff', stack], { show: true });

  heading('3. Deploy: attach the vNIC and wait until vNIC and instance agree (cdktf deploy)');
  await cdktf(['deploy', stack, '--auto-approve'], { show: true });

  heading('4. What the API sees (zec-nic read)');
  await zecNic(['read', ...ids], { show: true });
  expectWorld(`vNIC ${free.nicId} is USED by instance ${instanceId}`, isAttached());

  heading('5. Deploy again: nothing to change');
  const { output } = await cdktf(['diff', stack]);
  if (!output.includes('No changes.') || !(await planIsEmpty()))
    throw new StepFailed(`The second plan is not empty:\n${output}`);
  say('    the second plan is empty');

  const destroy = async () => {
    await cdktf(['destroy', stack, '--auto-approve'], { show: true });
    const { code } = await zecNic(['read', ...ids], { show: true, allowFailure: true });
    if (code !== 3) throw new StepFailed(`"zec-nic read" ended with ${code} instead of 3, "not attached".`);
    expectWorld(`vNIC ${free.nicId} is free`, isFree());
  };

  heading('6. Destroy: detach and wait (cdktf destroy)');
  await destroy();

  heading(
    '7. The same stack on the provider runner: Terraform talks to a provider that comes with the package',
  );
  configure({ 'zec:runner': 'provider' });
  await cdktf(['deploy', stack, '--auto-approve'], { show: true });
  expectWorld(`vNIC ${free.nicId} is USED by instance ${instanceId}`, isAttached());

  heading('8. Somebody detaches the vNIC by hand: the plan shows it (cdktf diff)');
  simulator.cloud.handle('DetachNetworkInterface', { nicId: free.nicId });
  while (!isFree()) await new Promise((resolve) => setTimeout(resolve, 100));
  const drift = await cdktf(['diff', stack], { show: true });
  if (!drift.output.includes('is attached to no instance any more')) {
    throw new StepFailed('The plan does not tell of the drift.');
  }

  heading('9. Deploy again: the drift is repaired (cdktf deploy)');
  await cdktf(['deploy', stack, '--auto-approve'], { show: true });
  expectWorld(`vNIC ${free.nicId} is USED by instance ${instanceId}`, isAttached());

  heading('10. Destroy (cdktf destroy)');
  await destroy();

  heading(
    'Done. The vNIC was attached, confirmed from both sides, set free, lost, found and set free again.',
  );
}

async function cleanUp() {
  if (child !== undefined) {
    const last = child;
    stop(last, 'SIGINT');
    await Promise.race([
      new Promise((resolve) => last.on('close', resolve)),
      new Promise((resolve) => setTimeout(resolve, 3000)),
    ]);
    stop(last, 'SIGKILL');
  }
  await simulator?.close();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
}

function interrupt() {
  if (interrupted) return;
  interrupted = true;
  void cleanUp().then(() => {
    say('\nInterrupted. The simulator is stopped and everything temporary is removed.');
    process.exit(130);
  });
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, interrupt);
// Nobody reads any more: "npm run quickstart | head".
process.stdout.on('error', interrupt);

try {
  await main();
  await cleanUp();
} catch (error) {
  if (!interrupted) {
    await cleanUp();
    process.stderr.write(
      `\nquickstart failed: ${error instanceof StepFailed ? error.message : error.stack}\n`,
    );
    process.exitCode = 1;
  }
}
