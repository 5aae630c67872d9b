import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseWorld, startSimulator } from '../../lib/simulator';
import { run } from '../support/processes';
import { describeWith } from '../support/terraform';

const packages = mkdtempSync(join(tmpdir(), 'zec-clients-'));
afterAll(() => {
  rmSync(packages, { recursive: true, force: true });
});

const describeWithSdk = describeWith('the vendor’s Python SDK from PyPI', () => {
  const install = ['-m', 'pip', 'install', '-q', '--target', packages, 'zenlayercloud-sdk-python==2.0.77'];
  return spawnSync('python3', install, { cwd: packages }).status === 0;
});

const instance = (instanceId: string, status = 'RUNNING') => ({ instanceId, zoneId: 'asia-east-1a', status });
const nic = (nicId: string, more: Readonly<Record<string, string>> = {}) => ({
  nicId,
  regionId: 'asia-east-1',
  nicType: 'Secondary',
  status: more.instanceId === undefined ? 'AVAILABLE' : 'USED',
  ...more,
});
const tags = [{ key: 'team', value: 'web' }];
const world = parseWorld({
  instances: [
    instance('ins-running'),
    { ...instance('ins-stopped', 'STOPPED'), imageId: 'debian' },
    instance('ins-full'),
  ],
  nics: [
    nic('nic-free'),
    nic('nic-far', { regionId: 'europe-west-1' }),
    { ...nic('nic-tagged', { resourceGroupId: 'rg-web', securityGroupId: 'sg-web' }), tags },
    nic('nic-ipv6', { nicSubnetType: 'IPv6' }),
    nic('nic-pending', { status: 'PENDING' }),
    nic('nic-primary', { instanceId: 'ins-running', nicType: 'Primary' }),
    ...[1, 2, 3, 4, 5, 6, 7, 8].map((each) => nic(`nic-full-${each}`, { instanceId: 'ins-full' })),
  ],
  credentials: [{ accessKeyId: 'test-key', accessKeyPassword: 'test-password' }],
  settings: { attachMs: [50, 50], detachMs: [50, 50] },
});

describeWithSdk('the vendor’s Python SDK', () => {
  test('attaches, reads, detaches and gets the documented errors', async () => {
    const simulator = await startSimulator({ world });
    try {
      const program = [join(__dirname, 'sdk.py'), new URL(simulator.endpoint).host];
      const env = { PYTHONPATH: packages, PYTHONDONTWRITEBYTECODE: '1' };
      const { code, stdout, output } = await run('python3', program, { env });
      expect([code, output]).toEqual([0, stdout]);
      expect(JSON.parse(stdout)).toEqual({
        attach: 'accepted',
        attached: 'USED',
        holder: 'ins-running',
        listed: true,
        status: 'RUNNING',
        'attach again': 'INVALID_NIC_ATTACHED',
        detach: 'accepted',
        detached: 'AVAILABLE',
        'missing vNIC': 'INVALID_NIC_NOT_FOUND',
        'missing instance': 'INVALID_INSTANCE_NOT_FOUND',
        'other region': 'INVALID_NIC_INSTANCE_REGION_MISMATCH',
        'stopped instance': 'OPERATION_DENIED_INSTANCE_STATUS_NOT_SUPPORT',
        'full instance': 'INVALID_INSTANCE_NIC_LIMIT',
        'pending vNIC': 'INVALID_NIC_STATUS',
        'primary vNIC': 'INVALID_NIC_PRIMARY_CANT_DETACH',
        'no instance': 'MISSING_PARAMETER',
        'page too large': 'INVALID_PARAMETER_EXCEED_MAXIMUM',
        'page zero': 'INVALID_PARAMETER_LESS_MINIMUM',
        'wrong password': 'AUTHFAILURE_SIGNATURE_FAILURE',
        filtered: [1, 1, 1, 1, 1],
        '2024: status': 'RUNNING',
        '2024: instances': ['ins-stopped'],
        '2024: unknown': 'AUTHFAILURE_UNAUTHORIZED_OPERATION',
      });
    } finally {
      await simulator.close();
    }
  });
});
