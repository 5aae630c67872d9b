import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runInThisContext } from 'node:vm';
import type { TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';
import ts from 'typescript';
import * as library from '../../lib';
import { NicAttachment } from '../../lib';
import { zecNic } from '../review/zec-nic';
import { run } from '../support/processes';
import { describeSince, IMPORT_BLOCKS, TERRAFORM } from '../support/terraform';
import { Deployment, unwrap } from './deployment';

const WORLD = {
  instances: [{ instanceId: 'ins-1', instanceName: 'web "1"' }, { instanceId: 'ins-2' }],
  nics: [
    { nicId: 'nic-primary', nicType: 'Primary', instanceId: 'ins-1' },
    { nicId: 'nic-a', name: 'storage', instanceId: 'ins-1' },
    { nicId: 'nic-b', name: '${file("x")} %{ if', instanceId: 'ins-2' },
    { nicId: '9', name: 'Default', instanceId: 'ins-2' },
    { nicId: 'nic-free' },
    { nicId: 'nic-managed' },
  ],
};
const managed = (stack: TerraformStack) =>
  new NicAttachment(stack, 'managed', { nicId: 'nic-managed', instanceId: 'ins-1' });

/** The function that the code exports. */
function compiled(code: string): (scope: Construct) => void {
  const { outputText } = ts.transpileModule(code, { compilerOptions: { module: ts.ModuleKind.CommonJS } });
  const written: { adopt?: (scope: Construct) => void } = {};
  const execute = runInThisContext(`(exports, require) => { ${outputText} }`) as (...args: unknown[]) => void;
  execute(written, (name: string) => (name === 'cdktf-zenlayer-zec' ? library : undefined));
  return (scope) => written.adopt?.(scope);
}

describeSince(IMPORT_BLOCKS, 'what zec-nic adopt writes', () => {
  let d: Deployment;
  beforeEach(async () => {
    d = await Deployment.fast(WORLD, { 'zec:runner': 'provider' });
    d.synth(managed);
    await d.apply();
  });
  afterEach(() => d.close());

  const adopt = async (...args: readonly string[]) => {
    const line = ['adopt', '--region', 'asia-east-1', '--stack', Deployment.STACK, ...args];
    writeFileSync(join(d.folder, 'cdktf.json'), '{ "output": "." }');
    const { code, stdout, stderr } = await zecNic(d, line, {}, d.folder);
    expect([code, stderr]).toEqual([0, '']);
    return stdout;
  };

  /** Plans and applies: the attachments are imported, and nothing changes. */
  const importsOnly = async () => {
    expect(await d.plan()).toEqual([]);
    expect(unwrap(await d.apply())).toContain('3 imported, 0 added, 0 changed, 0 destroyed');
    expect((await d.terraform(['plan', '-detailed-exitcode'])).code).toBe(0);
    expect(d.recorded()).toEqual({
      '9': 'ins-2',
      'nic-a': 'ins-1',
      'nic-b': 'ins-2',
      'nic-managed': 'ins-1',
    });
    expect(d.changes).toEqual(['Attach nic-managed ins-1']);
    expect(await adopt()).toBe(
      '0 unmanaged attachments. Skipped vNICs: 1 primary, 1 free, 4 managed, 0 changing.\n',
    );
  };

  test('TypeScript, called in a stack', async () => {
    const adoptAll = compiled(await adopt('--format', 'typescript'));
    d.synth((stack) => {
      managed(stack);
      adoptAll(stack);
    });
    await importsOnly();
    d.synth((stack) => {
      managed(stack);
      for (const [nicId, instanceId] of Object.entries({ 'nic-a': 'ins-1', 'nic-b': 'ins-2', 9: 'ins-2' }))
        new NicAttachment(stack, `of-${nicId}`, { nicId, instanceId });
    });
    expect((await d.terraform(['plan', '-detailed-exitcode'])).code).toBe(0);
  });

  test('TypeScript, in a stack whose attachments converge together: changes the state only', async () => {
    const adoptAll = compiled(await adopt('--format', 'typescript'));
    d.synth((stack) => {
      new library.ProviderRunner(stack, 'zec', { convergence: library.Convergence.TOGETHER });
      managed(stack);
      adoptAll(stack);
    });
    expect((await d.plan()).map(({ address, actions }) => `${actions.join()} ${address}`)).toEqual([
      'update zec_nic_attachment.nic-a',
      'update zec_nic_attachment.nic-b',
      'update zec_nic_attachment.nic-managed',
      'update zec_nic_attachment.nic_9',
      'create zec_nic_convergence.zec',
    ]);
    await d.apply();
    expect((await d.terraform(['plan', '-detailed-exitcode'])).code).toBe(0);
    expect(d.changes).toEqual(['Attach nic-managed ins-1']);
  });

  test('HCL, in the folder of a stack', async () => {
    const hcl = await adopt('--format', 'hcl');
    const file = join(d.directory, 'adopt.tf');
    writeFileSync(file, hcl);
    for (const args of [['fmt', '-check', 'adopt.tf'], ['validate']]) {
      const { code, output } = await run(TERRAFORM, args, { cwd: d.directory, env: d.environment });
      expect([args, code, output]).toEqual([args, 0, output]);
    }
    await importsOnly();
    expect(d.stateAddresses()).toEqual([
      'zec_nic_attachment.nic-b',
      'zec_nic_attachment.nic-managed',
      'zec_nic_attachment.nic_9',
      'zec_nic_attachment.storage',
    ]);
    writeFileSync(file, hcl.replace(/^import \{[^]*?^\}\n/gm, ''));
    expect((await d.terraform(['plan', '-detailed-exitcode'])).code).toBe(0);
  });
});
