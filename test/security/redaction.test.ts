import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { UNKNOWN } from '../../lib/plugin/values';
import { BUNDLE, IDS } from '../cli/zec-nic';
import { Host, packed } from '../plugin/host';
import { EchoApi } from '../support/echo-api';
import type { Echo } from '../support/echo-api';
import { run, start } from '../support/processes';
import { SECRETS, showing } from '../support/secrets';

const PROVIDER = resolve(
  __dirname,
  '../../dist/assets/terraform-provider-zec/terraform-provider-zec-node.js',
);

/** The source of the credentials, and the secret in them. */
const SOURCES = {
  'an access key': {
    secret: SECRETS.password,
    env: { ZENLAYERCLOUD_ACCESS_KEY_ID: 'key-id', ZENLAYERCLOUD_ACCESS_KEY_PASSWORD: SECRETS.password },
  },
  'a token': { secret: SECRETS.token, env: { ZENLAYER_TOKEN: SECRETS.token } },
  'a stored profile': { secret: SECRETS.profile, env: {} },
} as const;
type Source = keyof typeof SOURCES;

let home: string;
let api: EchoApi;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'redaction-'));
  mkdirSync(join(home, '.zenlayer'));
  const profile = { access_key_id: 'key-id', access_key_secret: SECRETS.profile };
  writeFileSync(join(home, '.zenlayer', 'credentials.json'), JSON.stringify({ default: profile }), {
    mode: 0o600,
  });
});
afterEach(async () => {
  await api.close();
  rmSync(home, { recursive: true, force: true });
});

async function hostileApi(source: Source, echo: Echo): Promise<Record<string, string>> {
  const { secret, env } = SOURCES[source];
  api = new EchoApi([secret]);
  api.echo = echo;
  await api.listen();
  return { HOME: home, ...api.environment, ...env };
}

describe('zec-nic redacts secrets echoed by the API', () => {
  test.each<[Source, Echo]>([
    ['an access key', 'errors'],
    ['an access key', 'names'],
    ['a token', 'statuses'],
    ['a token', 'errors'],
    ['a stored profile', 'names'],
  ])('%s, in %s', async (source, echo) => {
    const env = await hostileApi(source, echo);
    const all = ['create', 'read', 'delete'].map((command) =>
      run(
        process.execPath,
        [BUNDLE, command, ...IDS, '--json', ...(command === 'read' ? [] : ['--timeout', '2s'])],
        {
          env,
          cwd: home,
        },
      ),
    );
    const places = (await Promise.all(all)).map(({ output }, index) => ({
      path: String(index),
      text: output,
    }));
    expect(api.requests).toBeGreaterThan(2);
    expect(showing(places)).toEqual([]);
    expect(places.some(({ text }) => text.includes('[redacted]'))).toBe(true);
  });
});

test.each(['undici,net,tls,http,https,stream,timer,module', '*'])(
  'zec-nic with NODE_DEBUG=%s does not print its credentials',
  async (NODE_DEBUG) => {
    const env = await hostileApi('an access key', 'names');
    // Node prints responses itself, so the API does not echo secrets here.
    Object.assign(api, { secrets: ['nothing'] });
    const { output } = await run(process.execPath, [BUNDLE, 'create', ...IDS], {
      env: { ...env, NODE_DEBUG },
      cwd: home,
    });
    expect(api.requests).toBeGreaterThan(2);
    expect(output).toMatch(/NET \d+|UNDICI \d+|HTTP \d+/i);
    expect(showing([{ path: 'output', text: output }])).toEqual([]);
  },
);

test('a crash of zec-nic or of the provider prints no secret', async () => {
  const env = await hostileApi('an access key', 'errors');
  const crash = join(home, 'crash.cjs');
  writeFileSync(crash, 'process.on("SIGUSR2", () => { throw new Error("made to crash"); });');
  const silent = createServer();
  await new Promise<void>((resolved) => silent.listen(0, '127.0.0.1', resolved));
  const asked = new Promise((resolved) => silent.once('connection', resolved));
  const { port } = silent.address() as AddressInfo;
  const crashing = { ...env, ZENLAYERCLOUD_DOMAIN: `127.0.0.1:${port}`, NODE_OPTIONS: `--require=${crash}` };
  const cli = start(process.execPath, [BUNDLE, 'create', ...IDS], { env: crashing, cwd: home });
  await asked;
  cli.kill('SIGUSR2');
  const { output } = await cli.finished;
  silent.close();
  const host = await Host.start(PROVIDER, { ...crashing, TF_LOG: 'TRACE' });
  await host.call('ConfigureProvider', { config: packed(NO_SETTINGS) });
  process.kill(host.pid, 'SIGUSR2');
  await host.exited;
  expect([output, host.log]).toEqual([
    expect.stringContaining('made to crash'),
    expect.stringContaining('made to crash'),
  ]);
  expect(
    showing([
      { path: 'zec-nic', text: output },
      { path: 'provider', text: host.log },
    ]),
  ).toEqual([]);
});

const NO_SETTINGS = {
  access_key_id: null,
  access_key_password: null,
  token: null,
  domain: null,
  scheme: null,
  client_timeout: null,
  preflight: null,
};
const CONFIG = {
  id: null,
  nic_id: 'nic-1',
  instance_id: 'ins-1',
  mac_address: null,
  primary_ipv4: null,
  private_ips: null,
  region_id: null,
  vpc_id: null,
  subnet_id: null,
  wait: null,
  attached_at: null,
  preflight_error: null,
  timeouts: { create: '1s', delete: '1s' },
};
const PLANNED = {
  ...CONFIG,
  id: 'nic-1:ins-1',
  mac_address: UNKNOWN,
  primary_ipv4: UNKNOWN,
  private_ips: UNKNOWN,
  region_id: UNKNOWN,
  vpc_id: UNKNOWN,
  subnet_id: UNKNOWN,
  attached_at: UNKNOWN,
  preflight_error: UNKNOWN,
};

describe('the provider redacts secrets echoed by the API in every response and at every log level', () => {
  test.each<[string, Source, Echo]>([
    ['TRACE', 'an access key', 'errors'],
    ['DEBUG', 'a token', 'statuses'],
    ['INFO', 'a stored profile', 'names'],
    ['WARN', 'a token', 'errors'],
    ['ERROR', 'an access key', 'names'],
    ['JSON', 'a token', 'statuses'],
    ['', 'an access key', 'errors'],
  ])('TF_LOG=%s with %s in %s', async (level, source, echo) => {
    const env = await hostileApi(source, echo);
    const host = await Host.start(PROVIDER, { ...env, TF_LOG: 'off', TF_LOG_PROVIDER: level });
    const typeName = 'zec_nic_attachment';
    const config = packed(CONFIG);
    const state = packed({ ...CONFIG, id: 'nic-1:ins-1' });
    const none = packed(null);
    const responses = [
      await host.call('ConfigureProvider', { config: packed(NO_SETTINGS) }),
      await host.call('PlanResourceChange', { typeName, priorState: none, proposedNewState: config, config }),
      await host.call('ApplyResourceChange', {
        typeName,
        priorState: none,
        plannedState: packed(PLANNED),
        config,
      }),
      await host.call('ReadResource', { typeName, currentState: state }),
      await host.call('ImportResourceState', { typeName, id: 'nic-1:ins-1' }),
      await host.call('ApplyResourceChange', {
        typeName,
        priorState: state,
        plannedState: none,
        config: none,
      }),
    ];
    const commandLine = readFileSync(`/proc/${host.pid}/cmdline`, 'latin1');
    await host.close();
    expect(api.requests).toBeGreaterThan(3);
    const shown = responses.map((response) =>
      JSON.stringify(response, (_, value: unknown) =>
        (value as { type?: string } | null)?.type === 'Buffer'
          ? Buffer.from((value as { data: number[] }).data).toString('latin1')
          : value,
      ),
    );
    expect(
      showing([
        ...shown.map((text, index) => ({ path: `response ${index}`, text })),
        { path: 'log', text: host.log },
        { path: 'arguments', text: commandLine },
      ]),
    ).toEqual([]);
    // A secret was redacted.
    if (echo !== 'names') expect(shown.join()).toMatch(/\[redacted\]|\(sensitive value\)/);
    if (level === 'TRACE' || level === 'JSON') expect(host.log).toContain('"@level":"trace"');
  });
});
