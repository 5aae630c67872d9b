import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { NicAttachment } from '../../lib';
import { IDS, ZecNic } from '../cli/zec-nic';
import { Deployment } from '../e2e/deployment';
import { describeWithTerraform } from '../support/terraform';
import { TlsFront } from '../support/tls-front';

/** All settings that make other Node programs trust any server. */
const TRUST_ANYBODY = { NODE_TLS_REJECT_UNAUTHORIZED: '0', NODE_NO_WARNINGS: '1' };
const words = (output: string) => output.replace(/[\s│╷╵]+/g, ' ');

describe('zec-nic', () => {
  let zec: ZecNic;
  let front: TlsFront;
  beforeEach(async () => {
    zec = await ZecNic.withWorld();
    front = new TlsFront(zec.simulator.endpoint);
    await front.listen();
  });
  afterEach(async () => {
    await zec.close();
    await front.close();
  });

  test('sends no request to a server with an untrusted certificate, even with NODE_TLS_REJECT_UNAUTHORIZED=0', async () => {
    for (const command of ['create', 'read', 'delete']) {
      const { code, stderr } = await zec.run([command, ...IDS], { ...front.environment(), ...TRUST_ANYBODY });
      expect(code).toBe(1);
      expect(stderr).toMatch(/no connection to localhost:\d+ \(DEPTH_ZERO_SELF_SIGNED_CERT/);
      expect(stderr).toMatch(/certificate is not trusted.*NODE_EXTRA_CA_CERTS/);
    }
    expect(front.connections).toBeGreaterThan(2);
    expect([front.received, zec.simulator.cloud.requests()]).toEqual([0, []]);
  });

  test('trusts a CA from NODE_EXTRA_CA_CERTS, only for the host names in the certificate', async () => {
    const NODE_EXTRA_CA_CERTS = join(zec.home, 'ca.pem');
    writeFileSync(NODE_EXTRA_CA_CERTS, front.certificatePem);
    const other = { ...front.environment('127.0.0.1'), ...TRUST_ANYBODY, NODE_EXTRA_CA_CERTS };
    const refused = await zec.run(['create', ...IDS], other);
    expect([refused.code, front.received]).toEqual([1, 0]);
    expect(refused.stderr).toContain('ERR_TLS_CERT_ALTNAME_INVALID');
    const { code } = await zec.run(['create', ...IDS], { ...front.environment(), NODE_EXTRA_CA_CERTS });
    expect([code, zec.nic()]).toEqual([0, 'USED ins-1']);
  });
});

describeWithTerraform('the provider', () => {
  test('sends no request to an untrusted server, and attaches with a CA from NODE_EXTRA_CA_CERTS', async () => {
    const d = await Deployment.start(
      { instances: [{ instanceId: 'ins-1' }], nics: [{ nicId: 'nic-1' }] },
      { 'zec:runner': 'provider' },
    );
    const front = new TlsFront(d.simulator.endpoint);
    await front.listen();
    try {
      d.synth((stack) => new NicAttachment(stack, 'web', { nicId: 'nic-1', instanceId: 'ins-1' }));
      const refused = await d.terraform(['apply', '-auto-approve'], {
        ...front.environment(),
        ...TRUST_ANYBODY,
      });
      expect(refused.code).toBe(1);
      expect(words(refused.output)).toMatch(/The plan could not be checked against the API/);
      expect(words(refused.output)).toMatch(/certificate is not trusted.*NODE_EXTRA_CA_CERTS/);
      expect(front.connections).toBeGreaterThan(1);
      expect([front.received, d.simulator.cloud.requests()]).toEqual([0, []]);

      const NODE_EXTRA_CA_CERTS = join(d.folder, 'ca.pem');
      writeFileSync(NODE_EXTRA_CA_CERTS, front.certificatePem);
      const { code } = await d.terraform(['apply', '-auto-approve'], {
        ...front.environment(),
        NODE_EXTRA_CA_CERTS,
      });
      expect([code, d.nic('nic-1')]).toEqual([0, 'USED ins-1']);
    } finally {
      await front.close();
      await d.close();
    }
  });
});
