import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DataResource, Token } from 'cdktf';
import type { TerraformStack } from 'cdktf';
import { LocalExecRunner, NicAttachment } from '../../lib';
import { keep, zecNic } from '../review/zec-nic';
import { descendants, eventually, isRunning } from '../support/processes';
import { describeWithTerraform, IS_OPENTOFU } from '../support/terraform';
import { ACCESS_KEY_PASSWORD, Deployment } from './deployment';
import { lifecycleTests } from './lifecycle';

const context = { 'zec:carrier': 'terraform_data' };

const world = {
  instances: [{ instanceId: 'ins-1' }, { instanceId: 'ins-2' }],
  nics: [{ nicId: 'nic-1' }, { nicId: 'nic-2' }],
};

describeWithTerraform('the local-exec runner on the built-in carrier', () => {
  lifecycleTests({
    context,
    keepRunner: (stack) => LocalExecRunner.of(stack),
    handlerProcess: 'zec-nic.js converge',
    afterKill: 'destroy',
  });
});

describeWithTerraform('features of the local-exec runner', () => {
  let d: Deployment;

  beforeEach(async () => {
    d = await Deployment.fast(world, context);
  });
  afterEach(() => d.close());

  test('renaming a construct whose vNIC ID is literal plans no change', async () => {
    d.synth((stack) => new NicAttachment(stack, 'before', { nicId: 'nic-1', instanceId: 'ins-1' }));
    await d.apply();
    d.synth((stack) => new NicAttachment(stack, 'after', { nicId: 'nic-1', instanceId: 'ins-1' }));
    expect(await d.plan()).toEqual([]);
  });

  test('a consumer of the ID waits for the attachment', async () => {
    d.synth((stack) => {
      const web = new NicAttachment(stack, 'web', { nicId: 'nic-1', instanceId: 'ins-1' });
      new DataResource(stack, 'consumer', { input: Token.asAny(web.id) });
    });
    const log = await d.apply();
    const state = readFileSync(join(d.directory, 'terraform.tfstate'), 'utf8');
    expect(state).toContain('"nic-1:ins-1"');
    expect(log.indexOf('is attached to instance ins-1')).toBeGreaterThan(0);
    expect(log.indexOf('is attached to instance ins-1')).toBeLessThan(
      log.indexOf('terraform_data.consumer: Creating'),
    );
  });

  test('the apply output contains progress and result of the handler', async () => {
    d.synth((stack) => new NicAttachment(stack, 'web', { nicId: 'nic-1', instanceId: 'ins-1' }));
    const log = await d.apply();
    expect(log).toMatch(/vNIC AVAILABLE, instance RUNNING: sending the attach request/);
    expect(log).toMatch(
      /vNIC nic-1 is attached to instance ins-1\n[^\n]*1 attachment: 1 attached \(took [\d.]+ s\)/,
    );
    expect(log).toContain('1 attachment: 1 already attached');
  });
});

describeWithTerraform('one change in a stack of twenty attachments', () => {
  test('takes as many lines to read as the guide says', async () => {
    const all = Array.from({ length: 20 }, (_, index) => [`nic-${index}`, `ins-${index % 3}`] as const);
    const d = await Deployment.fast(
      {
        instances: [0, 1, 2].map((index) => ({ instanceId: `ins-${index}` })),
        nics: [...all.map(([nicId]) => ({ nicId })), { nicId: 'nic-new' }],
      },
      context,
    );
    try {
      const lines = (text: string) => text.split('\n').filter((line) => line.trim() !== '').length;
      const read = async (attachments: readonly (readonly [string, string])[]) => {
        d.synth((stack) => {
          for (const [nicId, instanceId] of attachments)
            new NicAttachment(stack, nicId, { nicId, instanceId });
        });
        const { output } = await d.terraform(['plan', '-out=plan.bin']);
        const plan = keep(d, 'plan.json', await d.show('plan.bin'));
        const { stdout } = await zecNic(d, ['review', plan]);
        const [, body = ''] = output.split('will perform the following actions:');
        return [lines(body.split('Plan:')[0] ?? ''), lines(stdout)];
      };
      d.synth((stack) => {
        for (const [nicId, instanceId] of all) new NicAttachment(stack, nicId, { nicId, instanceId });
      });
      await d.apply();
      const rows: Readonly<Record<string, readonly number[]>> = {
        attach: await read([...all, ['nic-new', 'ins-0']]),
        detach: await read(all.slice(1)),
        move: await read([['nic-0', 'ins-1'], ...all.slice(1)]),
      };
      const guide = readFileSync(join(__dirname, '../../docs/guide/local-exec.md'), 'utf8');
      for (const [change, [plan = 0, review]] of Object.entries(rows)) {
        const [, planInGuide, reviewInGuide] =
          new RegExp(`\\| ${change} +\\| (\\d+) +\\| (\\d+) +\\|`).exec(guide) ?? [];
        expect(review).toBe(Number(reviewInGuide));
        // Versions of Terraform and OpenTofu differ by a line or two.
        expect(Math.abs(plan - Number(planInGuide))).toBeLessThanOrEqual(3);
      }
    } finally {
      await d.close();
    }
  });
});

describeWithTerraform('create_before_destroy, which a consumer forces on the attachments', () => {
  let d: Deployment;
  beforeEach(async () => {
    d = await Deployment.fast(world, context);
  });
  afterEach(() => d.close());

  test('a forced replacement with the same IDs stays attached, because Terraform runs no destroy-time provisioner', async () => {
    d.synth((stack) => {
      const web = new NicAttachment(stack, 'web', { nicId: 'nic-1', instanceId: 'ins-1' });
      new DataResource(stack, 'user', {
        input: Token.asAny(web.id),
        lifecycle: { createBeforeDestroy: true },
      });
    });
    await d.apply();
    await d.apply('-replace=terraform_data.nic_attachment["nic-1"]');
    expect([d.nic('nic-1'), d.changes]).toEqual(['USED ins-1', ['Attach nic-1 ins-1']]);
    expect(await d.plan()).toEqual([]);
    await d.destroy();
    expect(d.nic('nic-1')).toBe('AVAILABLE free');
  });
});

describeWithTerraform('an attach that fails beside another', () => {
  test('is attached by the next apply, which adopts the other', async () => {
    const d = await Deployment.fast(
      { ...world, instances: [...world.instances, { instanceId: 'ins-3', status: 'STOPPED' }] },
      context,
    );
    try {
      const declared = (stack: TerraformStack) => {
        new NicAttachment(stack, 'web', { nicId: 'nic-1', instanceId: 'ins-1' });
        new NicAttachment(stack, 'db', { nicId: 'nic-2', instanceId: 'ins-3' });
      };
      d.synth(declared);
      expect((await d.terraform(['apply', '-auto-approve'])).code).toBe(1);
      d.simulator.cloud.patch({ instances: { 'ins-3': { status: 'RUNNING' } } });
      const actions = (await d.plan()).map(({ address, actions }) => `${actions.join()} ${address}`);
      expect(actions).toEqual([
        'create terraform_data.nic_attachment_confirmation',
        'delete,create terraform_data.nic_attachment_convergence',
      ]);
      expect(await d.apply()).toContain('2 attachments: 1 attached, 1 already attached');
      expect([d.nic('nic-1'), d.nic('nic-2')]).toEqual(['USED ins-1', 'USED ins-3']);
      expect(d.changes).toEqual(['Attach nic-1 ins-1', 'Attach nic-2 ins-3']);
      expect(await d.plan()).toEqual([]);
    } finally {
      await d.close();
    }
  });
});

describeWithTerraform('a handler whose Terraform was killed', () => {
  test('exits without attaching, so that nothing is attached after the next destroy', async () => {
    const d = await Deployment.fast(world, context);
    try {
      d.simulator.cloud.patch({ instances: { 'ins-1': { status: 'BOOTING' } } });
      d.synth((stack) => new NicAttachment(stack, 'web', { nicId: 'nic-1', instanceId: 'ins-1' }));
      const apply = await d.start(['apply', '-auto-approve']);
      await eventually('the handler is waiting', () =>
        apply.output().includes('waiting for instance ins-1 to become RUNNING'),
      );
      const handlers = descendants(apply.pid).filter(({ args }) => args.includes('zec-nic.js converge'));
      apply.kill('SIGKILL');
      await apply.finished;
      await d.destroy();
      expect(handlers.map(({ pid }) => isRunning(pid))).toEqual([true]);
      d.simulator.cloud.patch({ instances: { 'ins-1': { status: 'RUNNING' } } });
      await eventually('the handler has exited', () => !handlers.some(({ pid }) => isRunning(pid)));
      expect(d.changes).toEqual([]);
      expect(d.nic('nic-1')).toBe('AVAILABLE free');
    } finally {
      await d.close();
    }
  });
});

/** Adds a resource whose creation takes three seconds. */
function slowResource(stack: TerraformStack): void {
  const slow = new DataResource(stack, 'slow', {});
  slow.addOverride('provisioner', [
    { 'local-exec': { interpreter: ['node', '-e'], command: 'setTimeout(() => undefined, 3000)' } },
  ]);
}

describeWithTerraform('Terraform killed during the convergence, after another resource completed', () => {
  // The convergence is then in the state as if complete: Terraform writes its whole state whenever a resource completes.
  test.each(['apply', 'destroy'])('%s brings cloud and state in line', async (next) => {
    const d = await Deployment.start(world, context);
    try {
      d.simulator.cloud.patch({ instances: { 'ins-2': { status: 'BOOTING' } } });
      d.synth((stack) => {
        slowResource(stack);
        new NicAttachment(stack, 'web', { nicId: 'nic-1', instanceId: 'ins-1' });
        new NicAttachment(stack, 'db', { nicId: 'nic-2', instanceId: 'ins-2' });
      });
      const apply = await d.start(['apply', '-auto-approve']);
      const completions = ['nic-1 is attached to instance ins-1', 'terraform_data.slow: Creation complete'];
      await eventually('one has completed', () => completions.every((each) => apply.output().includes(each)));
      // Terraform writes its state shortly after this message, and not atomically.
      await new Promise((resolve) => setTimeout(resolve, 300));
      apply.kill('SIGKILL');
      await apply.finished;
      // OpenTofu writes its state at intervals, so it contains nothing yet.
      const recorded = d.stateAddresses();
      expect(d.recorded()).toEqual(IS_OPENTOFU ? {} : { 'nic-1': 'ins-1', 'nic-2': 'ins-2' });
      expect(recorded.includes('terraform_data.nic_attachment_convergence')).toBe(!IS_OPENTOFU);
      expect(recorded).not.toContain('terraform_data.nic_attachment_confirmation');
      expect(d.nic('nic-2')).toBe('AVAILABLE free');

      d.simulator.cloud.patch({ instances: { 'ins-2': { status: 'RUNNING' } } });
      if (next === 'apply') {
        const missing = (await d.plan()).map(({ address }) => address);
        expect(missing).toContain('terraform_data.nic_attachment_confirmation');
        if (!IS_OPENTOFU) expect(missing).toHaveLength(1);
        await d.apply();
        expect([d.nic('nic-1'), d.nic('nic-2')]).toEqual(['USED ins-1', 'USED ins-2']);
        expect(await d.plan()).toEqual([]);
      }
      await d.destroy();
      const leaks = IS_OPENTOFU && next === 'destroy';
      expect(d.nic('nic-1')).toBe(leaks ? 'USED ins-1' : 'AVAILABLE free');
      expect(d.nic('nic-2')).toBe('AVAILABLE free');
      expect(d.stateAddresses()).toEqual([]);
    } finally {
      await d.close();
    }
  });
});

describeWithTerraform('hostile IDs in tokens', () => {
  const marker = 'executed-by-accident';
  const hostile = [
    `"; touch ${marker}; "`,
    `$(touch ${marker})`,
    `\`touch ${marker}\``,
    `nic-1\ntouch ${marker}`,
    `$\{file("/etc/hostname")}`,
    '%{ for x in [1] }x%{ endfor }',
    '--help',
    'nic-1:ins-2',
    '../../etc/passwd',
    'n'.repeat(10_240),
  ];

  test('are rejected with an error, and nothing is executed', async () => {
    const d = await Deployment.start(world, context);
    try {
      d.synth((stack: TerraformStack) => {
        hostile.forEach((value, index) => {
          const source = new DataResource(stack, `source-${index}`, {});
          // Escaped for Terraform's templates, so that the literal value reaches the handler.
          source.addOverride('input', value.replaceAll('${', '$${').replaceAll('%{', '%%{'));
          new NicAttachment(stack, `hostile-${index}`, {
            nicId: source.output.toString(),
            instanceId: 'ins-1',
          });
        });
      });
      const { code, output } = await d.terraform(['apply', '-auto-approve']);
      expect(code).toBe(1);
      expect(output.match(/\(local-exec\): e2e\/hostile-\d+: error: Invalid vNIC ID/g)?.length).toBe(
        hostile.length,
      );
      expect(d.changes).toEqual([]);
      expect(d.files().filter(({ path }) => path.endsWith(marker))).toEqual([]);
      const errors = output.split('\n').filter((line) => line.includes('error: Invalid vNIC ID'));
      expect(Math.max(...errors.map((line) => line.length))).toBeLessThan(400);
      // Destroying the failed resources must work.
      await d.destroy();
      expect(d.stateAddresses()).toEqual([]);
      expect(d.changes).toEqual([]);
    } finally {
      await d.close();
    }
  });
});

describeWithTerraform('secrets', () => {
  const id = 'RECOGNISABLEKEYID';
  const secrets = ['RECOGNISABLEPASSWORD', 'RECOGNISABLESECRET', 'RECOGNISABLETOKEN'];
  const env = {
    ZENLAYERCLOUD_ACCESS_KEY_ID: id,
    ZENLAYERCLOUD_ACCESS_KEY_PASSWORD: 'RECOGNISABLEPASSWORD',
    ZENLAYER_ACCESS_KEY_ID: id,
    ZENLAYER_ACCESS_KEY_SECRET: 'RECOGNISABLESECRET',
    ZENLAYER_TOKEN: 'RECOGNISABLETOKEN',
  };

  test.each([
    ['accepted by the API', true],
    ['rejected by the API', false],
  ])(
    'appear in no plan, state, synthesized file, argument list, log or error when %s',
    async (_, accepted) => {
      const d = await Deployment.start(world, context);
      try {
        if (accepted) {
          d.simulator.cloud.patch({
            credentials: [{ accessKeyId: id, accessKeyPassword: 'RECOGNISABLEPASSWORD' }],
          });
        }
        d.synth((stack) => new NicAttachment(stack, 'web', { nicId: 'nic-1', instanceId: 'ins-1' }));
        const trace = { ...env, TF_LOG: 'TRACE', TF_LOG_PATH: join(d.subfolder('logs'), 'trace.log') };
        const plan = await d.terraform(['plan', '-out=plan.bin'], trace);
        const apply = await d.start(['apply', '-auto-approve'], trace);
        const argumentLists = new Set<string>();
        const watch = setInterval(() => {
          for (const { args } of descendants(apply.pid)) argumentLists.add(args);
        }, 50);
        const applied = await apply.finished;
        clearInterval(watch);
        const destroyed = await d.terraform(['destroy', '-auto-approve'], trace);
        const planJson = await d.terraform(['show', '-json', 'plan.bin'], trace);

        expect(applied.code).toBe(accepted ? 0 : 1);
        expect(planJson).toMatchObject({
          code: 0,
          output: expect.stringContaining('planned_values') as string,
        });
        expect([...argumentLists].some((args) => args.includes('zec-nic.js converge'))).toBe(true);
        const places = [
          ...d.files(),
          { path: 'plan output', text: plan.output },
          { path: 'plan as JSON', text: planJson.output },
          { path: 'apply output', text: applied.output },
          { path: 'destroy output', text: destroyed.output },
          { path: 'argument lists', text: [...argumentLists].join('\n') },
          { path: 'request log', text: JSON.stringify(d.simulator.cloud.requests()) },
        ];
        expect(places.length).toBeGreaterThan(10);
        for (const secret of [...secrets, ACCESS_KEY_PASSWORD]) {
          expect(places.filter(({ text }) => text.includes(secret)).map(({ path }) => path)).toEqual([]);
        }
        // Control: the search finds the vNIC ID in most of these places.
        expect(places.filter(({ text }) => text.includes('nic-1')).length).toBeGreaterThan(4);
      } finally {
        await d.close();
      }
    },
  );
});
