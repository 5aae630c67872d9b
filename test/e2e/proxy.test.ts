import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { NicAttachment } from '../../lib';
import { TlsProxy } from '../cli/tls-proxy';
import { ConnectProxy } from '../support/connect-proxy';
import { describeWithTerraform } from '../support/terraform';
import { Deployment } from './deployment';

const RUNNERS = [
  ['provider', { 'zec:runner': 'provider' }],
  ['local-exec', { 'zec:carrier': 'terraform_data' }],
] as const;

/** Resolves the name with the trailing dot, which not every resolver does. */
const RESOLVER = `const dns = require('node:dns');
const { lookup } = dns;
dns.lookup = (name, ...rest) => lookup(name.replace(/^localhost\\.$/, 'localhost'), ...rest);
`;

describeWithTerraform('a deploy by Terraform behind a proxy', () => {
  describe.each(RUNNERS)('with the %s runner', (_, context) => {
    let d: Deployment;
    let tls: TlsProxy;
    let proxy: ConnectProxy;
    beforeEach(async () => {
      const world = { instances: [{ instanceId: 'ins-1' }], nics: [{ nicId: 'nic-1' }] };
      d = await Deployment.start(world, context);
      tls = await TlsProxy.start(d.simulator.endpoint);
      proxy = await ConnectProxy.start();
      writeFileSync(resolver(), RESOLVER);
      d.synth((stack) => new NicAttachment(stack, 'web', { nicId: 'nic-1', instanceId: 'ins-1' }));
      await d.initialize();
    });
    afterEach(async () => {
      proxy.close();
      tls.close();
      await d.close();
    });

    const resolver = () => join(d.folder, 'resolver.cjs');
    /** With the trailing dot, the name does not count as loopback, and the certificate is still valid for it. */
    const domain = () => tls.domain.replace('localhost', 'localhost.');
    const terraform = async (command: string, env: Readonly<Record<string, string>>) => {
      const { code, output } = await d.terraform([command, '-auto-approve'], {
        ZENLAYERCLOUD_SCHEME: 'https',
        ZENLAYERCLOUD_DOMAIN: domain(),
        NODE_OPTIONS: `--require ${resolver()}`,
        NODE_EXTRA_CA_CERTS: tls.certificateFile(d.folder),
        ...env,
      });
      expect([code, output]).toEqual([0, expect.stringContaining('complete!')]);
      expect(output).not.toContain('proxy-pass');
    };
    const uri = () => `http://user:proxy-pass@${proxy.host}`;

    test('goes through the proxy of HTTPS_PROXY and https_proxy', async () => {
      await terraform('apply', { HTTPS_PROXY: uri() });
      expect([d.nic('nic-1'), new Set(proxy.targets)]).toEqual(['USED ins-1', new Set([domain()])]);
      proxy.targets.length = 0;
      await terraform('destroy', { https_proxy: uri() });
      expect([d.nic('nic-1'), new Set(proxy.targets)]).toEqual(['AVAILABLE free', new Set([domain()])]);
    });

    test('goes around it to a host in NO_PROXY and no_proxy', async () => {
      await terraform('apply', { HTTPS_PROXY: uri(), NO_PROXY: 'localhost.' });
      expect(d.nic('nic-1')).toBe('USED ins-1');
      await terraform('destroy', { https_proxy: uri(), no_proxy: 'localhost.' });
      expect([d.nic('nic-1'), proxy.targets]).toEqual(['AVAILABLE free', []]);
    });
  });
});
