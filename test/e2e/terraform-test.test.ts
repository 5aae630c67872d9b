import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { NicAttachment } from '../../lib';
import { describeSince } from '../support/terraform';
import { Deployment } from './deployment';

describeSince({ terraform: '1.7' }, 'terraform test', () => {
  let d: Deployment;
  beforeEach(async () => {
    d = await Deployment.fast(
      { instances: [{ instanceId: 'ins-1' }], nics: [{ nicId: 'nic-1' }] },
      { 'zec:runner': 'provider' },
    );
    d.synth((stack) => {
      new NicAttachment(stack, 'a', { nicId: 'nic-1', instanceId: 'ins-1' });
    });
  });
  afterEach(() => d.close());

  const runTests = async (text: string) => {
    writeFileSync(join(d.directory, 'deploy.tftest.hcl'), text);
    const { code, output } = await d.terraform(['test']);
    expect([code, output]).toEqual([0, expect.stringContaining('1 passed, 0 failed')]);
    return d.changes;
  };

  test('with the mocked provider of the guide sends no request', async () => {
    const guide = readFileSync(join(__dirname, '../../docs/guide/testing.md'), 'utf8');
    const [, mocked = ''] = /```hcl\n(mock_provider[^`]*)```/.exec(guide) ?? [];
    expect(await runTests(mocked)).toEqual([]);
  });

  test('with the simulator attaches, and detaches at its end', async () => {
    expect(await runTests('run "deploy" {}\n')).toEqual(['Attach nic-1 ins-1', 'Detach nic-1']);
  });
});
