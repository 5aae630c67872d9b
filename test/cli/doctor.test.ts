import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import type { Finding } from '../../lib/cli/doctor/finding';
import { startSimulator } from '../../lib/simulator';
import { KEY, world } from '../simulator/worlds';
import { eventually } from '../support/processes';
import { TlsProxy } from './tls-proxy';
import { ZecNic } from './zec-nic';

let zec: ZecNic;
let tools: string;
beforeEach(async () => {
  tools = mkdtempSync(join(tmpdir(), 'zec-doctor-'));
  tool('terraform', `echo '{"terraform_version":"1.9.0"}'`);
  zec = await ZecNic.withWorld();
});
afterEach(async () => {
  await zec.close();
  rmSync(tools, { recursive: true, force: true });
});

/** Writes a program to a directory that precedes Node.js and the system programs on the PATH of doctor. */
function tool(name: string, script: string): void {
  writeFileSync(join(tools, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

interface Report {
  readonly code: number | string;
  readonly output: string;
  /** The first finding of the check that is not ok, otherwise its first finding. */
  readonly of: (id: string) => Finding;
  readonly failed: readonly string[];
}

async function doctor(
  env: Readonly<Record<string, string | undefined>> = {},
  ...args: readonly string[]
): Promise<Report> {
  const PATH = [tools, dirname(process.execPath), '/usr/bin', '/bin'].join(delimiter);
  const { code, stdout, output } = await zec.run(['doctor', '--json', ...args], { PATH, ...env });
  const { ok, checks } = JSON.parse(stdout) as { ok: boolean; checks: Finding[] };
  expect([code, output.trimEnd().split('\n')]).toEqual([ok ? 0 : 1, [expect.any(String)]]);
  for (const { verdict, fix } of checks) {
    if (verdict === 'warn' || verdict === 'fail') expect(fix).toMatch(/^[A-Z].*\S/);
  }
  expect(output).not.toContain(KEY.accessKeyPassword);
  return {
    code,
    output,
    of: (id) => {
      const findings = checks.filter((each) => each.id === id);
      if (findings[0] === undefined) throw new Error(`no check ${id} in ${stdout}`);
      return findings.find(({ verdict }) => verdict !== 'ok') ?? findings[0];
    },
    failed: checks.filter(({ verdict }) => verdict === 'fail').map(({ id }) => id),
  };
}

const isMutation = (action: string | null) => /^(?:Attach|Detach|Start|Stop)/.test(action ?? '');
const mutations = () => zec.simulator.cloud.requests().filter(({ action }) => isMutation(action));

test('all checks pass in a valid environment, and nothing is changed', async () => {
  const before = zec.simulator.cloud.world();
  const { failed, of } = await doctor();
  expect(failed).toEqual([]);
  expect(of('credentials').detail).toBe(
    'access key **** with its password, from ZENLAYERCLOUD_ACCESS_KEY_ID and ZENLAYERCLOUD_ACCESS_KEY_PASSWORD',
  );
  expect(of('endpoint').detail).toMatch(
    /^http:\/\/127\.0\.0\.1:\d+, request timeout 30 s .*domain: ZENLAYERCLOUD_DOMAIN.*timeout: default/,
  );
  expect(of('permission-AttachNetworkInterface').detail).toContain('INVALID_NIC_NOT_FOUND');
  expect(of('permission-DetachNetworkInterface').detail).toContain('INVALID_NIC_NOT_FOUND');
  for (const action of ['StartInstances', 'StopInstances'])
    expect(of(`permission-${action}`)).toMatchObject({
      verdict: 'skip',
      detail: expect.stringContaining('Only attachments with whenStopped START need it') as string,
    });
  expect(zec.simulator.cloud.world()).toEqual(before);
  expect(zec.simulator.cloud.events()).toEqual([]);
});

test('permissions to attach and detach are tested with IDs that the API does not know, and not with --read-only', async () => {
  await doctor();
  const requests = zec.simulator.cloud.requests().map(({ action, parameters }) => ({ action, parameters }));
  for (const { action, parameters } of requests.filter((each) => isMutation(each.action))) {
    const { nicId } = parameters as { nicId: string };
    expect(nicId).toMatch(/^zec-nic-doctor-no-such-vnic-[0-9a-f]{32}$/);
    const index = requests.findIndex((each) => each.action === action && each.parameters === parameters);
    expect(requests[index - 1]).toEqual({
      action: 'DescribeNetworkInterfaces',
      parameters: { nicIds: [nicId], pageSize: 1 },
    });
  }
  expect(mutations()).toHaveLength(2);
  zec.simulator.cloud.reset();
  const { of } = await doctor({}, '--read-only');
  expect(of('permission-AttachNetworkInterface')).toMatchObject({
    verdict: 'skip',
    detail: expect.stringContaining('--read-only') as string,
  });
  expect(mutations()).toEqual([]);
});

test('the text output has one line for each check, fixes, and a summary', async () => {
  const { code, stdout, stderr } = await zec.run(['doctor'], {
    ZENLAYERCLOUD_ACCESS_KEY_PASSWORD: 'wrong',
    COLUMNS: '100',
  });
  expect([code, stderr]).toEqual([1, '']);
  expect(stdout).toMatch(/^ok {4}Node\.js {19}\d+\.\d+\.\d+ on the PATH/m);
  expect(stdout).toMatch(
    /^fail {2}Signature {17}.*AUTHFAILURE_SIGNATURE_FAILURE[^]*What to do: Check the access key/m,
  );
  expect(stdout).toMatch(/^skip {2}AttachNetworkInterface/m);
  expect(stdout).toMatch(/\n\n\d+ ok, \d+ warned, 1 failed, 6 skipped\n$/);
  expect(stdout).not.toContain('\u001b');
});

test('a wrong access key fails the signature check, and permissions are not checked', async () => {
  const { failed, of } = await doctor({ ZENLAYERCLOUD_ACCESS_KEY_PASSWORD: 'wrong' });
  expect(failed).toEqual(['signature']);
  expect(of('signature').detail).toContain('AUTHFAILURE_SIGNATURE_FAILURE');
  expect(mutations()).toEqual([]);
});

test.each([
  [60 * 60_000, 'fail', ['clock', 'signature'], /60 min.* behind the server’s clock|59 min 5\d s behind/],
  [-60 * 60_000, 'fail', ['clock', 'signature'], /ahead of the server’s clock/],
  [2 * 60_000, 'warn', [], /behind the server’s clock/],
  [2_000, 'ok', [], /^within .* of the server’s clock/],
])('a server clock %i ms ahead gives the verdict %s', async (skewMs, verdict, failing, detail) => {
  const skewed = await startSimulator({ world: world(), now: () => Date.now() + skewMs });
  const { failed, of } = await doctor({ ZENLAYERCLOUD_DOMAIN: new URL(skewed.endpoint).host });
  await skewed.close();
  expect(failed).toEqual(failing);
  expect(of('clock')).toMatchObject({ verdict, detail: expect.stringMatching(detail) as string });
});

test('a denied action fails the check of this action only', async () => {
  zec.simulator.cloud.faults.set([{ kind: 'status', status: 403, action: 'DetachNetworkInterface' }]);
  const { failed, of } = await doctor();
  expect(failed).toEqual(['permission-DetachNetworkInterface']);
  expect(of('permission-DetachNetworkInterface').fix).toContain('permission for DetachNetworkInterface');
  zec.simulator.cloud.faults.set([{ kind: 'status', status: 403, action: 'DescribeInstances' }]);
  const denied = await doctor();
  expect([denied.failed, denied.of('signature').verdict]).toEqual([['permission-DescribeInstances'], 'ok']);
});

test('instances whose guest agent is disabled are a warning', async () => {
  const [first = { instanceId: '' }] = zec.simulator.cloud.world().instances;
  zec.simulator.cloud.patch({ instances: { [first.instanceId]: { enableAgent: false } } });
  const { code, of } = await doctor();
  expect([code, of('permission-DescribeInstances')]).toMatchObject([
    0,
    {
      verdict: 'warn',
      detail: expect.stringMatching(`guest agent is disabled on ${first.instanceId}$`) as string,
    },
  ]);
});

test('an error that does not show whether the action is permitted is a warning', async () => {
  zec.simulator.cloud.faults.set([
    {
      kind: 'status',
      status: 400,
      code: 'INVALID_PARAMETER_PATTERN_ERROR',
      action: 'AttachNetworkInterface',
    },
  ]);
  const { of } = await doctor();
  expect(of('permission-AttachNetworkInterface')).toMatchObject({
    verdict: 'warn',
    detail: expect.stringMatching(/^unknown: .*PATTERN_ERROR/) as string,
  });
});

test('the connection to the API is checked without credentials too', async () => {
  const { failed, of } = await doctor({
    ZENLAYERCLOUD_ACCESS_KEY_ID: undefined,
    ZENLAYERCLOUD_ACCESS_KEY_PASSWORD: undefined,
  });
  expect(failed).toEqual(['credentials']);
  expect([of('tcp').verdict, of('clock').verdict, of('signature').verdict]).toEqual(['ok', 'ok', 'skip']);
});

test('an invalid endpoint is reported, and the network checks are skipped', async () => {
  const { failed, of } = await doctor({ ZENLAYERCLOUD_DOMAIN: 'user:secret-pass@host' });
  expect(failed).toEqual(['endpoint']);
  expect(of('endpoint').detail).toMatch(/^ZENLAYERCLOUD_DOMAIN is invalid/);
  expect(of('dns').verdict).toBe('skip');
});

describe('the connection to the API', () => {
  let server: Server | undefined;
  afterEach(() => {
    server?.close();
    server = undefined;
  });
  const listen = async (): Promise<number> => {
    server = createServer((socket) => socket.on('error', () => socket.destroy()));
    await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  };

  test('a refused connection is reported', async () => {
    const port = await listen();
    server?.close();
    const { failed, of } = await doctor({
      ZENLAYERCLOUD_DOMAIN: `127.0.0.1:${port}`,
    });
    expect(failed).toEqual(['tcp']);
    expect(of('tcp')).toMatchObject({
      detail: `cannot connect to 127.0.0.1:${port} (ECONNREFUSED)`,
      fix: expect.stringContaining('Check ZENLAYERCLOUD_DOMAIN') as string,
    });
    expect([of('proxy').verdict, of('clock').verdict, of('signature').verdict]).toEqual([
      'ok',
      'skip',
      'skip',
    ]);
  });

  test('no proxy is used for plain HTTP', async () => {
    const { of } = await doctor({ HTTP_PROXY: 'http://proxy:3128', HTTPS_PROXY: 'http://proxy:3128' });
    expect(of('proxy').detail).toMatch(/^none/);
  });

  test('an unknown host name fails the DNS check', async () => {
    const { failed, of } = await doctor({
      ZENLAYERCLOUD_DOMAIN: 'no-such-host.invalid',
      ZENLAYERCLOUD_SCHEME: 'https',
    });
    expect(failed).toEqual(['dns']);
    expect(of('tcp').verdict).toBe('skip');
  });

  test('checks of a server that never responds time out', async () => {
    const port = await listen();
    const { failed, of } = await doctor({ ZENLAYERCLOUD_DOMAIN: `127.0.0.1:${port}` }, '--timeout', '500ms');
    expect(failed).toEqual(['clock', 'signature']);
    expect(of('clock').detail).toBe('no result within 0.5 s');
  });

  test('SIGINT stops the checks with exit code 130', async () => {
    const port = await listen();
    const running = zec.start(['doctor'], { ZENLAYERCLOUD_DOMAIN: `127.0.0.1:${port}` });
    await eventually('the TLS check is done', () => /^ok +TLS/m.test(running.output()));
    running.kill('SIGINT');
    const { code, stderr } = await running.finished;
    expect([code, stderr]).toEqual([130, 'error: interrupted by SIGINT\n']);
  });
});

describe('TLS', () => {
  let proxy: TlsProxy;
  afterEach(() => proxy.close());

  const over = async (issuedAt?: Date) => {
    proxy = await TlsProxy.start(zec.simulator.endpoint, issuedAt);
    return { ZENLAYERCLOUD_SCHEME: 'https', ZENLAYERCLOUD_DOMAIN: proxy.domain };
  };

  test('a self-signed certificate fails the check', async () => {
    const { failed, of } = await doctor(await over());
    expect(failed).toEqual(['tls']);
    expect(of('tls')).toMatchObject({
      detail: expect.stringMatching(
        /^the certificate of localhost.*not trusted \(DEPTH_ZERO_SELF_SIGNED_CERT\)$/,
      ) as string,
      fix: expect.stringContaining('NODE_EXTRA_CA_CERTS') as string,
    });
    expect(of('signature').verdict).toBe('skip');
    expect(zec.simulator.cloud.requests()).toEqual([]);
  });

  test('NODE_TLS_REJECT_UNAUTHORIZED=0 does not disable the check, and gives a warning', async () => {
    const { failed, of } = await doctor({
      ...(await over()),
      NODE_TLS_REJECT_UNAUTHORIZED: '0',
      NODE_NO_WARNINGS: '1',
    });
    expect(failed).toEqual(['tls']);
    expect(of('tls-override').verdict).toBe('warn');
  });

  test('a certificate trusted by NODE_EXTRA_CA_CERTS that expires within two weeks gives a warning', async () => {
    const env = await over();
    const { failed, of } = await doctor({ ...env, NODE_EXTRA_CA_CERTS: proxy.certificateFile(tools) });
    expect(failed).toEqual([]);
    expect(of('tls')).toMatchObject({
      verdict: 'warn',
      detail: expect.stringMatching(/is trusted, and expires on .*, in [67] days/) as string,
    });
    expect(of('permission-AttachNetworkInterface').verdict).toBe('ok');
  });

  test('an expired certificate fails the check', async () => {
    const env = await over(new Date(Date.now() - 30 * 86_400_000));
    const { failed, of } = await doctor({ ...env, NODE_EXTRA_CA_CERTS: proxy.certificateFile(tools) });
    expect(failed).toEqual(['tls']);
    expect(of('tls')).toMatchObject({
      detail: expect.stringContaining('CERT_HAS_EXPIRED') as string,
      fix: expect.stringContaining('clock') as string,
    });
  });

  test('a certificate for another host fails the check', async () => {
    const env = await over();
    const domain = env.ZENLAYERCLOUD_DOMAIN.replace('localhost', '127.0.0.1');
    const { failed, of } = await doctor({
      ...env,
      ZENLAYERCLOUD_DOMAIN: domain,
      NODE_EXTRA_CA_CERTS: proxy.certificateFile(tools),
    });
    expect(failed).toEqual(['tls']);
    expect(of('tls').fix).toMatch(/^The certificate is for another host/);
  });

  test('a port without TLS fails the check', async () => {
    await over();
    const { failed, of } = await doctor({
      ZENLAYERCLOUD_SCHEME: 'https',
      ZENLAYERCLOUD_DOMAIN: new URL(zec.simulator.endpoint).host,
    });
    expect(failed).toEqual(['tls']);
    expect(of('tls').detail).toMatch(/^the TLS handshake with 127\.0\.0\.1:\d+ failed/);
  });
});

describe('the environment', () => {
  test.each([
    [`echo '{"terraform_version":"1.3.9"}'`, 'fail', /^Terraform 1\.3\.9 \(required: 1\.4 or newer\)/],
    [`echo 'Terraform v1.9'`, 'fail', /^Terraform \(unknown version\)/],
    ['exit 1', 'fail', /^neither "terraform" nor "tofu"/],
    [`echo 'a warning'; echo '{"terraform_version":"1.14.0-beta1"}'`, 'ok', /^Terraform 1\.14\.0-beta1/],
  ])('terraform that runs %s gives the verdict %s', async (script, verdict, detail) => {
    tool('terraform', script);
    tool('tofu', 'exit 1');
    const { of } = await doctor();
    expect(of('terraform')).toMatchObject({ verdict, detail: expect.stringMatching(detail) as string });
  });

  test('OpenTofu without TERRAFORM_BINARY_NAME gives a warning', async () => {
    tool('terraform', 'exit 1');
    tool('tofu', `echo '{"terraform_version":"1.8.2"}'`);
    expect((await doctor()).of('terraform')).toMatchObject({
      verdict: 'warn',
      fix: expect.stringContaining('TERRAFORM_BINARY_NAME=tofu') as string,
    });
    expect((await doctor({ TERRAFORM_BINARY_NAME: 'tofu' })).of('terraform').detail).toMatch(
      /^OpenTofu 1\.8\.2/,
    );
    expect((await doctor({ TERRAFORM_BINARY_NAME: 'nothing' })).of('terraform')).toMatchObject({
      verdict: 'fail',
      detail: 'TERRAFORM_BINARY_NAME is set to "nothing", which cannot be run',
    });
  });

  test('a hanging terraform times out', async () => {
    tool('terraform', 'exec sleep 60');
    const { failed, of } = await doctor({}, '--timeout', '1s');
    expect([failed, of('terraform').detail]).toEqual([['terraform'], 'no result within 1 s']);
  });

  test('an old version of Node.js on the PATH fails the check', async () => {
    tool('node', 'echo v18.20.0');
    const { failed, of } = await doctor();
    expect([failed, of('node').detail]).toEqual([['node'], expect.stringContaining('18.20.0')]);
  });

  test('a credentials file that others can read gives a warning, and a missing profile fails the check', async () => {
    mkdirSync(join(zec.home, '.zenlayer'), { mode: 0o700 });
    const file = join(zec.home, '.zenlayer', 'credentials.json');
    writeFileSync(
      file,
      JSON.stringify({
        default: { access_key_id: 'long-key-id-123', access_key_secret: KEY.accessKeyPassword },
      }),
    );
    chmodSync(file, 0o640);
    expect((await doctor()).of('credentials-file')).toMatchObject({
      verdict: 'warn',
      detail: expect.stringContaining('mode 640') as string,
      fix: 'Run "chmod 600 ~/.zenlayer/credentials.json".',
    });
    chmodSync(file, 0o600);
    const none = { ZENLAYERCLOUD_ACCESS_KEY_ID: undefined, ZENLAYERCLOUD_ACCESS_KEY_PASSWORD: undefined };
    const used = await doctor(none);
    expect([used.of('credentials-file').verdict, used.of('credentials').detail]).toEqual([
      'ok',
      'access key long**** with its password, from ~/.zenlayer/credentials.json (profile "default")',
    ]);
    expect((await doctor({ ...none, ZENLAYER_PROFILE: 'other' })).failed).toEqual(['credentials']);
  });

  test('a plugin cache that does not exist fails the check', async () => {
    const { failed, of } = await doctor({ TF_PLUGIN_CACHE_DIR: '/nonexistent/cache' });
    expect([failed, of('plugin-cache').fix]).toEqual([
      ['plugin-cache'],
      expect.stringContaining('mkdir -p /nonexistent/cache'),
    ]);
    expect((await doctor({ TF_PLUGIN_CACHE_DIR: tools })).failed).toEqual([]);
  });

  test('variables in the plugin cache of a file are expanded, those in TF_PLUGIN_CACHE_DIR and "~" are not', async () => {
    mkdirSync(join(zec.home, 'cache'));
    for (const path of ['$HOME/cache', '${CACHE}', '$CACHE/../cache']) {
      writeFileSync(join(zec.home, '.terraformrc'), `plugin_cache_dir = "${path}"\n`);
      expect([path, (await doctor({ CACHE: join(zec.home, 'cache') })).failed]).toEqual([path, []]);
    }
    for (const path of ['~/cache', './cache']) {
      writeFileSync(join(zec.home, '.terraformrc'), `plugin_cache_dir = "${path}"\n`);
      expect((await doctor()).of('plugin-cache')).toMatchObject({
        verdict: 'fail',
        detail: `plugin_cache_dir is set to ${path}, a relative path, which Terraform searches in the directory of each stack`,
      });
    }
    expect((await doctor({ TF_PLUGIN_CACHE_DIR: '$HOME/cache' })).failed).toEqual(['plugin-cache']);
  });

  test('files that cannot be examined do not stop the other checks', async () => {
    mkdirSync(join(zec.home, '.zenlayer'), { mode: 0o700 });
    symlinkSync('credentials.json', join(zec.home, '.zenlayer', 'credentials.json'));
    mkdirSync(join(zec.home, 'cdktf.out'));
    writeFileSync(join(zec.home, 'cdktf.out', 'stacks'), '');
    const { failed, of } = await doctor();
    expect([failed, of('credentials-file')]).toEqual([
      [],
      expect.objectContaining({
        verdict: 'skip',
        detail: 'not checked: ~/.zenlayer/credentials.json cannot be examined (ELOOP)',
      }),
    ]);
  });

  test.each([
    ['cdktf.out', {}],
    ['build', { output: 'build' }],
  ])(
    'a stack in %s with the embedded provider and others requires CDKTF_SKIP_PROVIDER_LOCK',
    async (output, settings) => {
      writeFileSync(join(zec.home, 'cdktf.json'), JSON.stringify(settings));
      const stack = join(zec.home, output, 'stacks', 'net');
      mkdirSync(stack, { recursive: true });
      const required_providers = {
        zec: { source: 'cdktf.internal/zenlayer/zec', version: '1' },
        null: { source: 'null', version: '3' },
      };
      writeFileSync(join(stack, 'cdk.tf.json'), JSON.stringify({ terraform: { required_providers } }));
      expect((await doctor()).of('provider-lock')).toMatchObject({
        verdict: 'warn',
        detail: expect.stringContaining('besides the embedded one: net') as string,
      });
      expect((await doctor({ CDKTF_SKIP_PROVIDER_LOCK: 'true' })).of('provider-lock').verdict).toBe('ok');
      expect((await doctor({ CDKTF_SKIP_PROVIDER_LOCK: '1' })).of('provider-lock')).toMatchObject({
        verdict: 'warn',
        detail: expect.stringContaining('is not "true", the only value that takes effect') as string,
      });
    },
  );

  test.each(['cdktf.json', 'cdktn.json'])(
    'a CLI configuration that hides the embedded provider fails an app whose %s requires it, and warns others',
    async (settings) => {
      const file = join(zec.home, 'hides.tfrc');
      writeFileSync(file, 'provider_installation {\n  direct {}\n}\n');
      const env = { TF_CLI_CONFIG_FILE: file };
      expect((await doctor(env)).of('cli-config')).toMatchObject({
        verdict: 'warn',
        detail: expect.stringMatching(/hides the embedded provider.*the provider runner only/) as string,
      });
      writeFileSync(join(zec.home, settings), JSON.stringify({ context: { 'zec:runner': 'provider' } }));
      const { failed, of } = await doctor(env);
      expect([failed, of('cli-config').fix]).toEqual([
        ['cli-config'],
        expect.stringContaining('filesystem_mirror'),
      ]);
    },
  );

  test.each(['TF_CLI_CONFIG_FILE', 'TERRAFORM_CONFIG'])(
    'a CLI configuration file in %s that does not exist gives a warning',
    async (variable) => {
      const { failed, of } = await doctor({ [variable]: '/nonexistent/rc' });
      expect([failed, of('cli-config')]).toEqual([
        [],
        expect.objectContaining({
          verdict: 'warn',
          detail: expect.stringContaining(`${variable} is set to /nonexistent/rc, which`) as string,
          fix: `Create the file, or unset ${variable}.`,
        }),
      ]);
    },
  );

  test('a CLI configuration file that cannot be read gives a warning with both runners, because Terraform continues', async () => {
    for (const runner of ['local-exec', 'provider']) {
      writeFileSync(join(zec.home, 'cdktf.json'), JSON.stringify({ context: { 'zec:runner': runner } }));
      const { failed, of } = await doctor({ TF_CLI_CONFIG_FILE: zec.home });
      expect([failed, of('cli-config')]).toEqual([
        [],
        expect.objectContaining({ verdict: 'warn', detail: `${zec.home}: it cannot be read (EISDIR)` }),
      ]);
    }
  });
});
