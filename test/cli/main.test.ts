import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { COMMANDS } from '../../lib/cli/program';
import { EXAMPLE_WORLD } from '../../lib/simulator';
import { instance, nic } from '../simulator/worlds';
import { eventually, run } from '../support/processes';
import { BUNDLE, IDS, ZecNic } from './zec-nic';

let zec: ZecNic;
afterEach(() => zec.close());

test('create attaches, read confirms and delete detaches, with results on stdout and progress on stderr', async () => {
  zec = await ZecNic.withWorld();
  const created = await zec.run(['create', ...IDS]);
  expect(created.stdout).toMatch(/^vNIC nic-1 is attached to instance ins-1 \(took [\d.]+ s\)\n$/);
  expect(created.stderr).toMatch(
    /^ +\d+\.\d s {2}vNIC AVAILABLE, instance RUNNING: sending the attach request\n/,
  );
  expect([created.code, zec.nic()]).toEqual([0, 'USED ins-1']);
  const read = await zec.run(['read', ...IDS]);
  expect([read.code, read.stderr]).toEqual([0, '']);
  const deleted = await zec.run(['delete', ...IDS]);
  expect(deleted.stdout).toMatch(/^vNIC nic-1 is not attached to instance ins-1 \(took [\d.]+ s\)\n$/);
  expect([deleted.code, zec.nic()]).toEqual([0, 'AVAILABLE']);
  expect((await zec.run(['read', ...IDS])).code).toBe(3);
});

test('delete of a vNIC that is not found succeeds, and says that the credentials may be of another account', async () => {
  zec = await ZecNic.withWorld();
  const ids = ['--nic-id', 'nic-0', '--instance-id', 'ins-1'];
  const { code, stdout } = await zec.run(['delete', ...ids]);
  expect([code, stdout]).toEqual([
    0,
    'vNIC nic-0 is not attached to instance ins-1 (the vNIC was not found: it was deleted, or it belongs to another account ' +
      'than the credentials)\n',
  ]);
  const { stdout: json } = await zec.run(['delete', ...ids, '--json']);
  expect(JSON.parse(json)).toMatchObject({ ok: true, alreadyDetached: true, nicFound: false });
});

test('create reads its values from the environment, where the local-exec runner sets them', async () => {
  zec = await ZecNic.withWorld();
  const env = { ZEC_NIC_ID: 'nic-1', ZEC_INSTANCE_ID: 'ins-1', ZEC_TIMEOUT: '1m' };
  expect((await zec.run(['create'], env)).code).toBe(0);
  expect(zec.nic()).toBe('USED ins-1');
});

test('--json prints one line of JSON for success and failure', async () => {
  zec = await ZecNic.withWorld();
  const created = await zec.run(['create', ...IDS, '--json']);
  expect(created.stdout.trimEnd()).not.toContain('\n');
  expect(JSON.parse(created.stdout)).toMatchObject({
    ok: true,
    state: 'attached',
    adopted: false,
    id: 'nic-1:ins-1',
  });
  const rejected = await zec.run(['create', '--nic-id', 'nic-2', '--instance-id', 'ins-1', '--json']);
  expect(rejected.code).toBe(1);
  expect(JSON.parse(rejected.stdout)).toMatchObject({
    ok: false,
    error: {
      reason: 'refused',
      nicId: 'nic-2',
      instanceId: 'ins-1',
      leftBehind: 'nothing',
      advice: expect.stringContaining('It was not changed') as string,
    },
  });
});

test('an API error shows its code, the requestId and the next step', async () => {
  const nics = [nic('nic-1', { regionId: 'europe-west-2' })];
  zec = await ZecNic.withWorld({ nics });
  const { code, stderr } = await zec.run(['create', ...IDS]);
  expect(code).toBe(1);
  expect(stderr).toMatch(/error: vNIC nic-1 was not attached to instance ins-1: /);
  expect(stderr).toMatch(/INVALID_NIC_INSTANCE_REGION_MISMATCH: .*requestId T[0-9A-F-]{36}\)/);
  expect(stderr).toMatch(/What to do: .*its own region/);
});

test('a timeout exits with 4 and shows the last read', async () => {
  zec = await ZecNic.withWorld({ settings: { attachMs: [60_000, 60_000] } });
  const { code, stderr } = await zec.run(['create', ...IDS, '--timeout', '1s']);
  expect(code).toBe(4);
  expect(stderr).toMatch(/not converged within 1 s; last read: vNIC ATTACHING \(instance ins-1\)/);
});

test.each(['5s', '2s', '1500ms'])(
  'a timeout of %s without a connection exits with 4, names the timeout, and shows why there was none',
  async (timeout) => {
    zec = await ZecNic.withWorld();
    await zec.simulator.close();
    const { code, stderr } = await zec.run(['create', ...IDS, '--timeout', timeout]);
    expect(code).toBe(4);
    const limit = { '1500ms': '1.5 s' }[timeout] ?? timeout.replace('s', ' s');
    expect(stderr).toContain(`not converged within ${limit}; `);
    expect(stderr).toMatch(/; Describe\w+ failed: no connection to \S+ \(ECONNREFUSED/);
    expect(stderr).not.toContain('no response within');
  },
);

test('a timeout of 1 s without a response exits with 4, and says so', async () => {
  zec = await ZecNic.withWorld();
  zec.simulator.cloud.faults.set([{ kind: 'hang' }]);
  const { code, stderr } = await zec.run(['create', ...IDS, '--timeout', '1s']);
  expect([code, stderr]).toEqual([
    4,
    expect.stringMatching(
      /^error: .*not converged within 1 s; the API did not respond\.\n +What to do: Check ZENLAYERCLOUD_DOMAIN/,
    ),
  ]);
});

test.each(['SIGINT', 'SIGTERM'] as const)('%s exits with 130 and shows the last read', async (signal) => {
  zec = await ZecNic.withWorld({ settings: { attachMs: [60_000, 60_000] } });
  const running = zec.start(['create', ...IDS]);
  await eventually('create waits for the attach', () => running.output().includes('to become USED'));
  running.kill(signal);
  const { code, stderr } = await running.finished;
  expect(code).toBe(130);
  expect(stderr).toMatch(/interrupted; last read: vNIC ATTACHING \(instance ins-1\)/);
  expect(stderr).toMatch(/may be, or may become, attached/);
});

test.each([
  ['create', 'delete', 'AttachNetworkInterface', 'AVAILABLE'],
  ['delete', 'create', 'DetachNetworkInterface', 'USED ins-1'],
])('after a killed %s, a %s waits for its request to become visible', async (first, then, action, end) => {
  const nics = [nic('nic-1', first === 'delete' ? { instanceId: 'ins-1' } : {})];
  zec = await ZecNic.withWorld({ nics, settings: { describeLagMs: 1_500 } });
  const env = { TMPDIR: zec.home };
  const killed = zec.start([first, ...IDS], env);
  await eventually('the request is sent', () =>
    zec.simulator.cloud.requests().some((each) => each.action === action),
  );
  killed.kill('SIGKILL');
  await killed.finished;
  const { code, stderr } = await zec.run([then, ...IDS], env);
  expect([code, zec.nic()]).toEqual([0, end]);
  expect(stderr).toContain('re-checking shortly: a recent request may not be visible yet');
});

describe('simulate', () => {
  test('prints the endpoint and serves the world until interrupted', async () => {
    zec = await ZecNic.withWorld();
    const file = resolve(__dirname, '../../examples/quickstart/world.json');
    const running = zec.start(['simulate', '--world', file]);
    await eventually('the simulator listens', () => running.output().includes('\n'));
    const { endpoint } = JSON.parse(running.output()) as { endpoint: string };
    const response = await fetch(`${endpoint}/_sim/world`);
    const { instances } = JSON.parse(readFileSync(file, 'utf8')) as { instances: object[] };
    expect(await response.json()).toMatchObject({ instances });
    running.kill('SIGINT');
    expect((await running.finished).code).toBe(0);
  });

  test('starts from the example without --world, and --example prints it', async () => {
    zec = await ZecNic.withWorld();
    const { code, stdout } = await zec.run(['simulate', '--example']);
    expect([code, JSON.parse(stdout)]).toEqual([0, EXAMPLE_WORLD]);
    const running = zec.start(['simulate']);
    await eventually('the simulator listens', () => running.output().includes('\n'));
    const { endpoint } = JSON.parse(running.output()) as { endpoint: string };
    const { nics } = (await (await fetch(`${endpoint}/_sim/world`)).json()) as { nics: { nicId: string }[] };
    expect(nics.map(({ nicId }) => nicId)).toEqual(EXAMPLE_WORLD.nics?.map(({ nicId }) => nicId));
    running.kill('SIGINT');
    expect((await running.finished).code).toBe(0);
  });

  test('--tls serves HTTPS with a certificate that clients can trust', async () => {
    zec = await ZecNic.withWorld();
    const certificate = join(zec.home, 'certificate.pem');
    const running = zec.start(['simulate', '--tls', certificate]);
    await eventually('the simulator listens', () => running.output().includes('\n'));
    const { endpoint } = JSON.parse(running.output()) as { endpoint: string };
    expect(endpoint).toMatch(/^https:\/\/localhost:/);
    const settings = {
      ZENLAYERCLOUD_DOMAIN: new URL(endpoint).host,
      ZENLAYERCLOUD_SCHEME: 'HTTPS',
      ZENLAYERCLOUD_ACCESS_KEY_ID: 'example',
      ZENLAYERCLOUD_ACCESS_KEY_PASSWORD: 'not-a-real-password',
    };
    const status = ['status', 'nic-backup', '--instance-id', 'ins-web-2'];
    const trusted = await zec.run(status, { ...settings, NODE_EXTRA_CA_CERTS: certificate });
    expect([trusted.code, trusted.stderr]).toEqual([0, '']);
    const untrusted = await zec.run(status, settings);
    expect([untrusted.code, untrusted.stderr]).toEqual([1, expect.stringContaining('certificate')]);
    running.kill('SIGINT');
    await running.finished;
  });

  test.each([
    [['--world', 'nowhere.json'], /cannot read the world file "nowhere\.json"/],
    [['--tls', '/nowhere/certificate.pem'], /cannot write the certificate: ENOENT/],
    [['--world', 'x', '--port', '70000'], /--port "70000" is invalid: expected a number from 0 to 65535/],
  ])('%j is a usage error', async (args, message) => {
    zec = await ZecNic.withWorld();
    const { code, stderr } = await zec.run(['simulate', ...args]);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });
});

test.each<[string[], RegExp]>([
  [[], /no command given/],
  [['attach'], /unknown command 'attach'/],
  [['create', '--instance-id', 'ins-1'], /--nic-id is missing, and ZEC_NIC_ID is not set/],
  [['create', ...IDS, '--timeout', 'soon'], /the timeout "soon" is invalid: expected a duration/],
  [['create', ...IDS, '--timeout', '0s'], /the timeout "0s" is invalid: expected a duration/],
  [['create', ...IDS, '--force'], /--force/],
  [['delete', '--nic-id', '$(touch x)', '--instance-id', 'ins-1'], /Invalid vNIC ID/],
  [['read', '--nic-id', 'nic-1', '--instance-id', '../x'], /Invalid instance ID/],
])('%j is a usage error with exit code 2, and sends no request', async (args, message) => {
  zec = await ZecNic.withWorld({ instances: [instance('ins-1')], nics: [] });
  const { code, stderr, stdout } = await zec.run(args);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(message);
  expect(zec.simulator.cloud.requests()).toEqual([]);
});

test('help and version print to stdout', async () => {
  zec = await ZecNic.withWorld();
  const { version } = JSON.parse(readFileSync(resolve(__dirname, '../../package.json'), 'utf8')) as {
    version: string;
  };
  expect((await zec.run(['--version'])).stdout).toBe(`${version}\n`);
  expect(JSON.parse((await zec.run(['version', '--json'])).stdout)).toEqual({ ok: true, version });
  expect((await zec.run(['help'])).stdout).toContain('Exit codes:');
  expect((await zec.run(['help', 'read'])).stdout).toBe((await zec.run(['read', '--help'])).stdout);
  const { commands } = JSON.parse((await zec.run(['help', '--json'])).stdout) as {
    commands: { name: string }[];
  };
  expect(commands.map(({ name }) => name)).toEqual(COMMANDS.map(({ name }) => name));
  for (const { name } of COMMANDS) {
    const { code, stdout } = await zec.run([name, '--help']);
    expect([code, stdout.startsWith(`Usage: zec-nic ${name} `)]).toEqual([0, true]);
  }
});

test.each([
  [['stauts'], "unknown command 'stauts' (Did you mean status?)", 'help'],
  [['help', 'creat'], "unknown command 'creat' (Did you mean create?)", 'help'],
  [['frobnicate'], "unknown command 'frobnicate'", 'help'],
  [['create', '--jsno'], "unknown option '--jsno' (Did you mean --json?)", 'create --help'],
])('the error of %j suggests a correction and the help command', async (argv, message, usage) => {
  zec = await ZecNic.withWorld();
  const stderr = `error: ${message}\nRun "zec-nic ${usage}" for usage.\n`;
  expect(await zec.run(argv)).toMatchObject({ code: 2, stdout: '', stderr });
});

test('status of one vNIC has the output and exit codes of read', async () => {
  zec = await ZecNic.withWorld();
  const compare = async (...more: string[]) => {
    const read = await zec.run(['read', ...IDS, ...more]);
    const { code, stdout } = await zec.run(['status', 'nic-1', '--instance-id', 'ins-1', ...more]);
    const timeless = (text: string) => text.replace(/"elapsedMs":\d+/, '');
    expect([code, timeless(stdout)]).toEqual([read.code, timeless(read.stdout)]);
    return code;
  };
  expect(await compare()).toBe(3);
  await zec.run(['create', ...IDS]);
  expect(await compare('--json')).toBe(0);
  for (const more of [[], ['--instance-id', 'ins-1', '--watch', '2s']]) {
    expect(await zec.run(['status', 'nic-1', ...more])).toMatchObject({ code: 2, stdout: '' });
  }
});

test('a closed stdout is not an error', async () => {
  zec = await ZecNic.withWorld({ nics: Array.from({ length: 3000 }, (_, index) => nic(`nic-${index}`)) });
  const script = `set -o pipefail; "${process.execPath}" "${BUNDLE}" status | head -1`;
  const { code, output } = await run('bash', ['-c', script], { env: zec.environment });
  expect([code, output.split('\n')]).toEqual([0, [expect.stringMatching(/^VNIC|^INSTANCE/), '']]);
});

(existsSync('/dev/full') ? test : test.skip)(
  'an output that cannot be written is an error that says so',
  async () => {
    zec = await ZecNic.withWorld();
    const script = `"${process.execPath}" "${BUNDLE}" status > /dev/full`;
    const { code, stderr } = await run('sh', ['-c', script], { env: zec.environment });
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^error: cannot write to stdout: ENOSPC/)]);
  },
);

describe('if the reader of an output closes it', () => {
  const inBash = (script: string) =>
    run('bash', ['-c', `set -o pipefail; zec() { "${process.execPath}" "${BUNDLE}" "$@"; }; ${script}`], {
      cwd: zec.home,
      env: zec.environment,
    });

  test('review exits with its result', async () => {
    zec = await ZecNic.withWorld();
    const change = (index: number) => ({
      address: `zec_nic_attachment.nic-${index}`,
      mode: 'managed',
      type: 'zec_nic_attachment',
      name: `nic-${index}`,
      provider_name: 'cdktf.internal/zenlayer/zec',
      change: { actions: ['create'], before: null, after: { nic_id: `nic-${index}`, instance_id: 'ins-1' } },
    });
    const resource_changes = Array.from({ length: 3000 }, (_, index) => change(index));
    writeFileSync(join(zec.home, 'plan.json'), JSON.stringify({ format_version: '1.2', resource_changes }));
    const { code, output } = await inBash('zec review --offline plan.json | head -1');
    expect([code, output]).toEqual([11, 'Risky: 3000 warnings\n']);
  });

  test.each(['2> >(exec true)', '| true', '2>&1 | true'])('create %s attaches', async (redirection) => {
    zec = await ZecNic.withWorld({ settings: { attachMs: [500, 500] } });
    const { code } = await inBash(`zec create ${IDS.join(' ')} ${redirection}`);
    expect([code, zec.nic()]).toEqual([0, 'USED ins-1']);
  });

  test('status --watch ends', async () => {
    zec = await ZecNic.withWorld();
    expect(await inBash('zec status --watch 1s | head -1')).toMatchObject({ code: 0, stderr: '' });
  });
});

test('an interruption ends the terraform that a command waits for', async () => {
  zec = await ZecNic.withWorld();
  mkdirSync(join(zec.home, 'stack'));
  writeFileSync(join(zec.home, 'stack', 'cdk.tf.json'), '{}');
  const terraform = '#!/bin/sh\ntouch started\nexec sleep 60\n';
  writeFileSync(join(zec.home, 'terraform'), terraform, { mode: 0o755 });
  const running = zec.start(['drift', '--stack', 'stack'], {
    PATH: `${zec.home}${delimiter}${process.env.PATH ?? ''}`,
  });
  await eventually('terraform runs', () => existsSync(join(zec.home, 'stack', 'started')));
  running.kill('SIGTERM');
  expect(await running.finished).toMatchObject({ code: 130, output: 'error: interrupted by SIGTERM\n' });
});

test.each([['--json'], ['--format', 'json'], ['--format=json']])(
  'an error with %s is also one line of JSON',
  async (...format) => {
    zec = await ZecNic.withWorld();
    const { code, stdout } = await zec.run(['drift', 'nowhere.json', ...format]);
    expect([code, JSON.parse(stdout)]).toEqual([
      2,
      { ok: false, error: { reason: 'usage', message: expect.stringMatching(/ENOENT/) as string } },
    ]);
  },
);

test('delete of a malformed ID succeeds for the local-exec runner, and is a usage error on the command line', async () => {
  zec = await ZecNic.withWorld();
  const fromRunner = await zec.run(['delete'], { ZEC_NIC_ID: '$(touch x)', ZEC_INSTANCE_ID: 'ins-1' });
  expect([fromRunner.code, fromRunner.stdout]).toEqual([0, expect.stringContaining('nothing to detach')]);
  expect((await zec.run(['delete', '--nic-id', '$(touch x)', '--instance-id', 'ins-1'])).code).toBe(2);
  expect(zec.simulator.cloud.requests()).toEqual([]);
});
