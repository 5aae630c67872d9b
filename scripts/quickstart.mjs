// Runs the main use case end to end on this machine, with real cdktf (or cdktn), real Terraform and a simulated ZEC API.
// "npm run quickstart" builds the package first; "npm run quickstart -- --verbose" shows the whole output of cdktf.
// "--install-only" only installs the CLI that deploys, if it is not a dependency.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, styleText } from 'node:util';
import { shortened } from './terraform-output.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const require = createRequire(import.meta.url);
const example = join(root, 'examples', 'quickstart');
const stack = 'quickstart';

/** The executable that the cdktf CLI uses. */
const terraform = process.env.TERRAFORM_BINARY_NAME || 'terraform';
const product = basename(terraform).includes('tofu') ? 'OpenTofu' : 'Terraform';

const STEP_MS = 5 * 60_000;
const CDKTN_CLI = '0.24.0';
const NULL_PROVIDER = { source: 'hashicorp/null', version: '3.2.4' };

class StepFailed extends Error {}

let verbose = false;
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

/**
 * Runs a command until it exits and returns its output.
 * @param show maps a line of output to the text to print, or to `undefined`; by default nothing is printed
 */
async function run(
  command,
  args,
  { cwd = folder, env = {}, show = () => undefined, allowFailure = false, limitMs = STEP_MS } = {},
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
  let partial = '';
  const print = (line) => {
    const shown = verbose ? line.trimEnd() : show(line);
    if (shown !== undefined) say(`    ${shown}`);
  };
  const take = (chunk) => {
    output += chunk;
    const lines = (partial + chunk).split('\n');
    partial = lines.pop();
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
  if (partial !== '') print(partial);
  if (interrupted) throw new StepFailed('interrupted');
  if (code !== 0 && !allowFailure) {
    throw new StepFailed(`"${[command, ...args].join(' ')}" ended with ${code}:\n${output}`);
  }
  return { code, output };
}

function stop(started, signal) {
  try {
    process.kill(-started.pid, signal);
  } catch {
    // It has already exited.
  }
}

function requireTerraform() {
  const { status, stdout } = spawnSync(terraform, ['version', '-json'], { encoding: 'utf8' });
  if (status !== 0) {
    throw new StepFailed(
      `${product} is missing. Install ${product} 1.4 or newer so that "${terraform} version" works, then run this again.`,
    );
  }
  const version = JSON.parse(stdout).terraform_version;
  const [major, minor] = version.split('.').map(Number);
  if (major < 1 || (major === 1 && minor < 4)) {
    throw new StepFailed(`${product} ${version} is too old: 1.4 or newer is needed.`);
  }
  return version;
}

function newFolder(name) {
  const path = join(folder, name);
  mkdirSync(path);
  return path;
}

/**
 * Installs the provider of `null_resource` with the caller's own Terraform CLI configuration.
 * @returns the folder that contains it, with the layout of a mirror; `undefined` if it cannot be installed on this machine
 */
async function installNullProvider() {
  const probe = newFolder('probe');
  writeFileSync(
    join(probe, 'main.tf.json'),
    JSON.stringify({ terraform: { required_providers: { null: NULL_PROVIDER } } }),
  );
  const { code } = await run(terraform, ['init', '-input=false', '-no-color'], {
    cwd: probe,
    env: { TF_PLUGIN_CACHE_DIR: newFolder('probe-cache') },
    allowFailure: true,
    limitMs: 60_000,
  });
  return code === 0 ? join(probe, '.terraform', 'providers') : undefined;
}

/** The version of a package that npm has installed completely: npm writes this file last. */
function installedVersion(prefix, name) {
  const file = join(prefix, 'node_modules', '.package-lock.json');
  if (!existsSync(file)) return undefined;
  return JSON.parse(readFileSync(file, 'utf8')).packages[`node_modules/${name}`]?.version;
}

/**
 * The program that deploys. cdktf-cli does not start on Node 24 and newer, because its terminal library has no build for them.
 * Its replacement, cdktn-cli, is installed separately, because it excludes older Node and other versions of jsii.
 */
async function installCli() {
  if (Number.parseInt(process.versions.node) < 24) return require.resolve('cdktf-cli/bundle/bin/cdktf');
  const prefix = join(root, 'build', 'cdktn-cli');
  if (installedVersion(prefix, 'cdktn-cli') !== CDKTN_CLI) {
    mkdirSync(prefix, { recursive: true });
    const options = ['--no-audit', '--no-fund', '--ignore-scripts', `--prefix=${prefix}`];
    await run('npm', ['install', ...options, `cdktn-cli@${CDKTN_CLI}`]);
  }
  say(`    CLI: cdktn-cli ${CDKTN_CLI}, because cdktf-cli does not run on Node ${process.version.slice(1)}`);
  return join(prefix, 'node_modules', 'cdktn-cli', 'bin', 'cdktn');
}

/** A Terraform CLI configuration for the next steps: the caller's may exclude the provider in the stack's folder. */
function writeCliConfig(nullProvider) {
  const mirror = (path, include) =>
    `  filesystem_mirror {\n    path    = ${JSON.stringify(path)}\n    include = [${JSON.stringify(include)}]\n  }\n`;
  const mirrors = [
    nullProvider === undefined ? '' : mirror(nullProvider, 'hashicorp/null'),
    mirror('terraform.d/plugins', 'cdktf.internal/*/*'),
  ];
  const file = join(folder, 'terraformrc');
  writeFileSync(file, `provider_installation {\n${mirrors.join('')}}\n`);
  return file;
}

function expectWorld(what, holds) {
  if (!holds) throw new StepFailed(`The API disagrees: ${what} does not hold.`);
  say(`    checked against the API: ${what}`);
}

async function main() {
  const { values } = parseArgs({
    options: { verbose: { type: 'boolean' }, 'install-only': { type: 'boolean' } },
  });
  if (values['install-only']) {
    await installCli();
    return;
  }
  verbose = values.verbose;
  const terraformVersion = requireTerraform();
  folder = mkdtempSync(join(tmpdir(), 'zec-quickstart-'));
  heading('1. Start a simulated ZEC API on this machine, so that no account is needed');
  const { startSimulator } = require(join(root, 'dist', 'simulator', 'index.js'));
  const world = JSON.parse(readFileSync(join(example, 'world.json'), 'utf8'));
  simulator = await startSimulator({ world });
  say(`    ZEC API at ${simulator.endpoint}, ${product} ${terraformVersion}`);
  const nullProvider = await installNullProvider();
  const carrier = nullProvider === undefined ? 'terraform_data' : 'null_resource';
  say(
    nullProvider === undefined
      ? `    carrier: terraform_data, since ${product} cannot install the provider of null_resource from here`
      : `    carrier: null_resource, since ${product} can install its provider`,
  );
  const cli = await installCli();
  const [credential] = world.credentials;
  const env = {
    ZENLAYERCLOUD_DOMAIN: new URL(simulator.endpoint).host,
    ZENLAYERCLOUD_SCHEME: 'http',
    ZENLAYERCLOUD_ACCESS_KEY_ID: credential.accessKeyId,
    ZENLAYERCLOUD_ACCESS_KEY_PASSWORD: credential.accessKeyPassword,
    TF_CLI_CONFIG_FILE: writeCliConfig(nullProvider),
    // cdktf would lock providers by queries to their registries, regardless of mirrors.
    CDKTF_SKIP_PROVIDER_LOCK: 'true',
    // cdktf would create a cache in the home directory. This is not the mirror above: Terraform copies from there to here.
    TF_PLUGIN_CACHE_DIR: newFolder('plugin-cache'),
    TMPDIR: newFolder('tmp'),
    CI: '1',
    FORCE_COLOR: '0',
    NO_COLOR: '1',
  };
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
  const cdktf = (args, options = {}) => run(process.execPath, [cli, ...args], { env, ...options });
  const zecNic = (args, options = {}) =>
    run(process.execPath, [join(root, 'dist', 'assets', 'zec-nic', 'zec-nic.js'), ...args], {
      env,
      ...options,
    });
  const planIsEmpty = async () => {
    const { code } = await run(terraform, ['plan', '-input=false', '-no-color', '-detailed-exitcode'], {
      cwd: join(folder, 'cdktf.out', 'stacks', stack),
      env,
      allowFailure: true,
    });
    return code === 0;
  };

  const free = world.nics.find((nic) => nic.status === 'AVAILABLE');
  const { instanceId } = world.instances[0];
  const ids = [free.nicId, '--instance-id', instanceId];
  const isAttached = () => nicNow().status === 'USED' && nicNow().instanceId === instanceId;
  const isFree = () => nicNow().status === 'AVAILABLE' && nicNow().instanceId === undefined;
  const nicNow = () => simulator.cloud.world().nics.find((nic) => nic.nicId === free.nicId);

  const plan = (line) => shortened(line, { plan: true });
  const apply = (line) => shortened(line, { plan: false });
  const everything = (line) => line.trimEnd() || undefined;
  const deploy = async (show) => {
    await cdktf(['deploy', stack, '--auto-approve'], { show });
    expectWorld(`vNIC ${free.nicId} is USED by instance ${instanceId}`, isAttached());
  };
  const destroy = async () => {
    await cdktf(['destroy', stack, '--auto-approve'], { show: apply });
    const { code } = await zecNic(['status', ...ids], { allowFailure: true });
    if (code !== 3)
      throw new StepFailed(`"zec-nic status" exited with ${code} instead of 3, "not attached".`);
    expectWorld(`vNIC ${free.nicId} is free`, isFree());
  };

  heading('2. Plan: one record of the attachment, and two blocks that run the handler (cdktf diff)');
  await cdktf(['diff', stack], { show: plan });

  heading('3. Deploy: attach the vNIC, and wait until vNIC and instance agree (cdktf deploy)');
  await deploy(apply);

  heading('4. Ask the API about the attachment, without Terraform (zec-nic status)');
  await zecNic(['status', ...ids], { show: everything });

  heading('5. Plan again: nothing is left to do (cdktf diff)');
  const { output } = await cdktf(['diff', stack]);
  if (!output.includes('No changes.') || !(await planIsEmpty()))
    throw new StepFailed(`The second plan is not empty:\n${output}`);
  say('    the second plan is empty');

  heading('6. Destroy: detach, and wait until neither end shows the attachment (cdktf destroy)');
  await destroy();

  heading(
    '7. Deploy with the provider runner: a Terraform provider that comes with the package (cdktf deploy)',
  );
  configure({ 'zec:runner': 'provider' });
  await deploy(plan);

  heading('8. Drift: the vNIC is detached by hand, and the plan shows it (cdktf diff)');
  simulator.cloud.handle('DetachNetworkInterface', { nicId: free.nicId });
  while (!isFree()) await new Promise((resolve) => setTimeout(resolve, 100));
  const drift = await cdktf(['diff', stack], { show: plan });
  if (!drift.output.includes(`Warning: vNIC ${free.nicId} `)) {
    throw new StepFailed('The plan does not report the drift.');
  }

  heading('9. Deploy again: the attachment is repaired (cdktf deploy)');
  await deploy(apply);

  heading('10. Destroy (cdktf destroy)');
  await destroy();

  heading('Done: attached and detached under both runners, and a drift found and repaired.');
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
// The reader of stdout has closed it, like "head".
process.stdout.on('error', interrupt);

// Disables the update checks and usage reports of Terraform and cdktf.
process.env.CHECKPOINT_DISABLE = '1';
// Terraform warns in every command if TF_CLI_CONFIG_FILE names a file that does not exist.
if (!existsSync(process.env.TF_CLI_CONFIG_FILE ?? '')) delete process.env.TF_CLI_CONFIG_FILE;

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
