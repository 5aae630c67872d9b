import { DataResource, TerraformVariable } from 'cdktf';
import type { TerraformStack } from 'cdktf';
import { NicAttachment, ProviderRunner } from '../../lib';
import { eventually, run } from '../support/processes';
import { describeWithTerraform, TERRAFORM } from '../support/terraform';
import { Deployment, unwrap } from './deployment';

const context = { 'zec:runner': 'provider' };

describeWithTerraform('checks at plan time', () => {
  let d: Deployment;

  const begin = async (nics: { nicId: string; instanceId?: string }[], more: object = {}) => {
    d = await Deployment.fast(
      { instances: [{ instanceId: 'ins-1' }, { instanceId: 'ins-2' }], nics, ...more },
      context,
    );
  };
  afterEach(() => d.close());

  const attach =
    (...attachments: (readonly [id: string, nicId: string, instanceId: string])[]) =>
    (stack: TerraformStack) => {
      for (const [id, nicId, instanceId] of attachments) new NicAttachment(stack, id, { nicId, instanceId });
    };
  const plan = async (env: Record<string, string> = {}) => {
    const { code, output } = await d.terraform(['plan'], env);
    return { code, output: unwrap(output) };
  };

  test('a missing vNIC or instance is an error, with a warning at its attribute', async () => {
    await begin([{ nicId: 'nic-1' }]);
    d.synth(attach(['web', 'nic-0', 'ins-1'], ['db', 'nic-1', 'ins-0']));
    const { code, output } = await plan();
    expect(code).toBe(1);
    expect(output).toMatch(
      /Warning: vNIC nic-0 does not exist with zec_nic_attachment\.nic-0, on cdk\.tf\.json line \d+, in resource\.zec_nic_attachment\.nic-0: \d+: "nic_id": "nic-0"/,
    );
    expect(output).toMatch(
      /Warning: Instance ins-0 does not exist with zec_nic_attachment\.nic-1, .* "instance_id": "ins-0"/,
    );
    expect(output).toMatch(
      /Error: Resource postcondition failed .* vNIC nic-0 does not exist\. Check the ID/,
    );
    expect(output).toMatch(/Error: Resource postcondition failed .* Instance ins-0 does not exist\. Check/);
    expect(d.changes).toEqual([]);
  });

  test('without the postcondition, apply fails with the predicted error', async () => {
    await begin([{ nicId: 'nic-1' }, { nicId: 'nic-2' }]);
    d.synth((stack) => {
      const first = new NicAttachment(stack, 'first', { nicId: 'nic-1', instanceId: 'ins-1' });
      const missing = new NicAttachment(stack, 'missing', {
        nicId: 'nic-2',
        instanceId: 'ins-0',
        dependsOn: [first],
      });
      missing.addOverride('lifecycle', {});
    });
    const { code, output } = await d.terraform(['apply', '-auto-approve']);
    expect([code, d.nic('nic-1')]).toEqual([1, 'USED ins-1']);
    expect(unwrap(output)).toMatch(/Error: Instance ins-0 does not exist\. Check the ID/);
  });

  test('a primary vNIC and a different region are errors', async () => {
    await begin([{ nicId: 'nic-1' }, { nicId: 'nic-p', instanceId: 'ins-2' }]);
    d.simulator.cloud.patch({
      nics: { 'nic-p': { nicType: 'Primary' } },
      instances: { 'ins-1': { zoneId: 'europe-west-2a' } },
    });
    d.synth(attach(['p', 'nic-p', 'ins-2'], ['far', 'nic-1', 'ins-1']));
    const { code, output } = await plan();
    expect(code).toBe(1);
    expect(output).toMatch(/Error: Resource postcondition failed .* vNIC nic-p is a primary vNIC/);
    expect(output).toMatch(
      /Error: Resource postcondition failed .* vNIC and instance are in different regions: asia-east-1 and europe-west-2a/,
    );
  });

  test('a vNIC of another instance and an instance that is not running are warnings', async () => {
    await begin([{ nicId: 'nic-1', instanceId: 'ins-2' }, { nicId: 'nic-2' }]);
    d.synth(attach(['held', 'nic-1', 'ins-1']));
    const held = await plan();
    expect([held.code, held.output]).toEqual([
      0,
      expect.stringMatching(
        /Warning: vNIC nic-1 is attached to instance ins-2 .* apply will fail and not modify it/,
      ),
    ]);
    d.simulator.cloud.patch({ instances: { 'ins-1': { status: 'REBOOT' } } });
    d.synth(attach(['rebooting', 'nic-2', 'ins-1']));
    const rebooting = await plan();
    expect([rebooting.code, rebooting.output]).toEqual([
      0,
      expect.stringMatching(/Warning: Instance ins-1 is REBOOT .* Apply waits/),
    ]);
  });

  test('more than eight vNICs on an instance, including planned ones, is a warning', async () => {
    const held = Array.from({ length: 6 }, (_, index) => ({ nicId: `nic-h${index}`, instanceId: 'ins-1' }));
    const free = Array.from({ length: 3 }, (_, index) => ({ nicId: `nic-f${index}` }));
    await begin([...held, ...free]);
    const all = free.map(({ nicId }) => [nicId, nicId, 'ins-1'] as const);
    d.synth(attach(...all.slice(0, 2)));
    expect((await plan()).output).not.toContain('Warning');
    d.synth(attach(...all));
    const { code, output } = await plan();
    expect([code, output.match(/Warning: Instance ins-1 would hold 9 vNICs/g)?.length]).toEqual([0, 1]);
  });

  test('an instance that would hold ten vNICs is reported once', async () => {
    const nics = Array.from({ length: 10 }, (_, index) => `nic-${index}`);
    await begin(nics.map((nicId) => ({ nicId })));
    d.synth(attach(...nics.map((nicId) => [nicId, nicId, 'ins-1'] as const)));
    const { output } = await plan();
    expect(output.match(/Warning: Instance ins-1 would hold \d+ vNICs/g)).toEqual([
      'Warning: Instance ins-1 would hold 10 vNICs',
    ]);
  });

  test('adopting seven existing attachments causes no warning', async () => {
    const nics = Array.from({ length: 7 }, (_, index) => `nic-${index}`);
    await begin(nics.map((nicId) => ({ nicId, instanceId: 'ins-1' })));
    d.synth(attach(...nics.map((nicId) => [nicId, nicId, 'ins-1'] as const)));
    expect((await plan()).output).not.toContain('Warning');
    await d.apply();
    expect(d.changes).toEqual([]);
  });

  test.each([
    ['a vNIC that does not exist', ['nic-0', 'ins-1'], {}],
    ['an instance that does not exist', ['nic-2', 'ins-99'], {}],
    ['a primary vNIC', ['nic-p', 'ins-2'], { nics: { 'nic-p': { nicType: 'Primary' } } }],
    ['a different region', ['nic-2', 'ins-2'], { nics: { 'nic-2': { regionId: 'europe-west-2' } } }],
  ] as const)(
    '%s of an attachment that was never created does not block a destroy',
    async (_, [nicId, instanceId], patch) => {
      await begin([{ nicId: 'nic-1' }, { nicId: 'nic-2' }, { nicId: 'nic-p', instanceId: 'ins-2' }]);
      d.synth(attach(['web', 'nic-1', 'ins-1']));
      await d.apply();
      d.simulator.cloud.patch(patch);
      d.synth(attach(['web', 'nic-1', 'ins-1'], ['never', nicId, instanceId]));
      expect((await plan()).code).toBe(1);
      await d.destroy();
      expect([d.nic('nic-1'), d.stateAddresses()]).toEqual(['AVAILABLE free', []]);
    },
  );

  test.each([
    ['FREE', 'AVAILABLE free', 'Instance ins-2 does not exist'],
    ['DELETE', 'gone', 'vNIC nic-2 does not exist'],
  ] as const)(
    'an instance released with its vNICs (%s) does not block the destroy of other attachments',
    async (releasedNics, left, finding) => {
      await begin([{ nicId: 'nic-1' }, { nicId: 'nic-2' }]);
      d.simulator.cloud.patch({ settings: { releasedNics } });
      d.synth(attach(['web', 'nic-1', 'ins-1'], ['gone', 'nic-2', 'ins-2']));
      await d.apply();
      d.simulator.cloud.handle('ReleaseInstances', { instanceIds: ['ins-2'] });
      await eventually('the instance is gone', () =>
        d.simulator.cloud.world().instances.every(({ instanceId }) => instanceId !== 'ins-2'),
      );
      await eventually('the vNIC is released', () => d.nic('nic-2') === left);
      const { code, output } = await plan();
      expect([code, output]).toEqual([1, expect.stringContaining(finding)]);
      await d.destroy();
      expect([d.nic('nic-1'), d.stateAddresses()]).toEqual(['AVAILABLE free', []]);
    },
  );

  test('a vNIC freed by the same plan causes no warning: delete, replacement or swap', async () => {
    await begin([{ nicId: 'nic-1' }, { nicId: 'nic-2' }]);
    d.synth(attach(['a', 'nic-1', 'ins-1'], ['b', 'nic-2', 'ins-2']));
    await d.apply();
    const expectNoWarning = async (...attachments: Parameters<typeof attach>) => {
      d.synth(attach(...attachments));
      const { code, output } = await plan();
      expect([code, output.match(/(Warning|Error): [^.]*/g)]).toEqual([0, null]);
    };
    await expectNoWarning(['c', 'nic-1', 'ins-2'], ['b', 'nic-2', 'ins-2']);
    await expectNoWarning(['a', 'nic-1', 'ins-2'], ['b', 'nic-2', 'ins-2']);
    await expectNoWarning(['a', 'nic-2', 'ins-1'], ['b', 'nic-1', 'ins-2']);
    expect(await d.apply()).not.toContain('Warning');
    expect([d.nic('nic-1'), d.nic('nic-2')]).toEqual(['USED ins-2', 'USED ins-1']);
  });

  // Terraform plans a dependent only after this check, and destroys it first.
  test('a vNIC freed by a dependent of its new attachment causes a warning that does not exclude it', async () => {
    await begin([{ nicId: 'nic-1' }, { nicId: 'nic-2' }, { nicId: 'nic-3' }]);
    const declare = (first: string, second: string) => {
      d.synth((stack) => {
        const nicId = (name: string, value: string) =>
          new TerraformVariable(stack, name, { type: 'string', default: value }).stringValue;
        const a = new NicAttachment(stack, 'a', { nicId: nicId('nic-a', first), instanceId: 'ins-1' });
        new NicAttachment(stack, 'b', { nicId: nicId('nic-b', second), instanceId: 'ins-2', dependsOn: [a] });
      });
    };
    declare('nic-1', 'nic-2');
    await d.apply();
    declare('nic-2', 'nic-3');
    expect(unwrap(await d.apply())).toMatch(
      /Warning: vNIC nic-2 is attached to instance ins-2 .* Unless this plan detaches it from that instance, apply will fail/,
    );
    expect(['nic-1', 'nic-2', 'nic-3'].map((nic) => d.nic(nic))).toEqual([
      'AVAILABLE free',
      'USED ins-1',
      'USED ins-2',
    ]);
  });

  test('with -parallelism=1, where no check can wait for the rest of the plan, full instances swap vNICs', async () => {
    const held = ['ins-1', 'ins-2'].flatMap((instanceId) =>
      Array.from({ length: 8 }, (_, index) => ({ nicId: `${instanceId}-nic-${index}`, instanceId })),
    );
    await begin(held);
    d.useProcesses();
    const declare = (a: string, b: string) =>
      d.synth(attach(['a', 'ins-1-nic-1', a], ['b', 'ins-2-nic-1', b]));
    declare('ins-1', 'ins-2');
    await d.apply();
    declare('ins-2', 'ins-1');
    expect(unwrap(await d.apply('-parallelism=1'))).not.toMatch(/Warning: .*/);
    expect([d.nic('ins-1-nic-1'), d.nic('ins-2-nic-1')]).toEqual(['USED ins-2', 'USED ins-1']);
  });

  test('a move of a tainted attachment causes no warning, and a second declaration of a vNIC does', async () => {
    await begin([{ nicId: 'nic-1' }]);
    d.synth(attach(['web', 'nic-1', 'ins-1']));
    await d.apply();
    const { environment: env, directory: cwd } = d;
    await run(TERRAFORM, ['taint', 'zec_nic_attachment.nic-1'], { cwd, env });
    d.synth(attach(['web', 'nic-1', 'ins-2']));
    expect(unwrap(await d.apply())).not.toMatch(/Warning: .*/);
    expect(d.nic('nic-1')).toBe('USED ins-2');
    d.synth((stack) => {
      attach(['web', 'nic-1', 'ins-2'])(stack);
      const second = new NicAttachment(stack, 'second', { nicId: 'nic-2', instanceId: 'ins-1' });
      second.addOverride('nic_id', 'nic-1');
    });
    expect((await plan()).output).toContain('Warning: vNIC nic-1 is attached to instance ins-2');
  });

  test('one vNIC in two new resources causes a warning', async () => {
    await begin([{ nicId: 'nic-1' }, { nicId: 'nic-2' }]);
    d.synth((stack) => {
      attach(['web', 'nic-1', 'ins-1'])(stack);
      new NicAttachment(stack, 'db', { nicId: 'nic-2', instanceId: 'ins-2' }).addOverride('nic_id', 'nic-1');
    });
    expect(
      (await plan()).output.match(/Warning: Two resources of this plan attach vNIC nic-1/g),
    ).toHaveLength(1);
  });

  test('a move causes no warning during apply', async () => {
    await begin([{ nicId: 'nic-1' }]);
    d.synth(attach(['before', 'nic-1', 'ins-1']));
    await d.apply();
    d.synth(attach(['after', 'nic-1', 'ins-2']));
    expect(unwrap(await d.apply())).not.toMatch(/Warning: .*/);
    expect(d.nic('nic-1')).toBe('USED ins-2');
  });

  test('a move to a STOPPED instance is a warning in the plan, and fails before the detach', async () => {
    await begin([{ nicId: 'nic-1' }]);
    d.synth(attach(['web', 'nic-1', 'ins-1']));
    await d.apply();
    d.simulator.cloud.patch({ instances: { 'ins-2': { status: 'STOPPED' } } });
    d.synth(attach(['web', 'nic-1', 'ins-2']));
    const planned = await plan();
    expect([planned.code, planned.output]).toEqual([
      0,
      expect.stringMatching(/Warning: Instance ins-2 is STOPPED with zec_nic_attachment\.nic-1/),
    ]);
    const sent = d.changes.length;
    const failed = await d.terraform(['apply', '-auto-approve']);
    expect([failed.code, unwrap(failed.output)]).toEqual([
      1,
      expect.stringMatching(
        /Error: vNIC nic-1 was not detached from instance ins-1: instance ins-2 is STOPPED .* nothing was changed\. .* start it/,
      ),
    ]);
    expect([d.nic('nic-1'), d.changes.length]).toEqual(['USED ins-1', sent]);
    // The stored plan of the failed move is not checked again by another change.
    d.synth(attach(['web', 'nic-1', 'ins-1']));
    expect((await plan()).output).toContain('No changes.');
    d.simulator.cloud.patch({ instances: { 'ins-2': { status: 'RUNNING' } } });
    d.synth(attach(['web', 'nic-1', 'ins-2']));
    await d.apply();
    expect(d.nic('nic-1')).toBe('USED ins-2');
  });

  test('a saved plan of a move fails before the detach if the instance was stopped meanwhile; a destroy still works', async () => {
    await begin([{ nicId: 'nic-1' }]);
    d.synth(attach(['web', 'nic-1', 'ins-1']));
    await d.apply();
    d.synth(attach(['web', 'nic-1', 'ins-2']));
    expect((await d.terraform(['plan', '-out=move.tfplan'])).code).toBe(0);
    d.simulator.cloud.patch({ instances: { 'ins-2': { status: 'STOPPED' } } });
    const { code, output } = await d.terraform(['apply', 'move.tfplan']);
    expect([code, unwrap(output)]).toEqual([1, expect.stringContaining('instance ins-2 is STOPPED')]);
    expect(d.nic('nic-1')).toBe('USED ins-1');
    await d.destroy();
    expect([d.nic('nic-1'), d.stateAddresses()]).toEqual(['AVAILABLE free', []]);
  });

  test('skipDestroy leaves the vNIC attached on a removal, and a move detaches it all the same', async () => {
    await begin([{ nicId: 'nic-1' }]);
    const skipping = (instanceId: string) => (stack: TerraformStack) => {
      new NicAttachment(stack, 'web', { nicId: 'nic-1', instanceId, skipDestroy: true });
    };
    d.synth(attach(['web', 'nic-1', 'ins-1']));
    await d.apply();
    d.synth(skipping('ins-1'));
    expect(await d.apply()).toContain('0 added, 1 changed, 0 destroyed');
    expect(d.changes).toEqual(['Attach nic-1 ins-1']);
    await d.apply('-replace=zec_nic_attachment.nic-1');
    expect(d.changes.slice(1)).toEqual(['Detach nic-1', 'Attach nic-1 ins-1']);
    d.synth(skipping('ins-2'));
    await d.apply();
    expect(d.nic('nic-1')).toBe('USED ins-2');
    const sent = d.changes.length;
    d.synth((stack) => new ProviderRunner(stack, 'zec'));
    const { output } = await plan();
    expect(output).toMatch(/Warning: A vNIC stays attached, because skip_destroy is set .* vNIC nic-1/);
    await d.apply();
    expect([d.nic('nic-1'), d.stateAddresses(), d.changes.length]).toEqual(['USED ins-2', [], sent]);
  });

  test('an override with prevent_destroy makes a plan fail that would detach the vNIC', async () => {
    await begin([{ nicId: 'nic-1' }]);
    const guarded = (instanceId: string) => (stack: TerraformStack) => {
      const web = new NicAttachment(stack, 'web', { nicId: 'nic-1', instanceId });
      web.addOverride('lifecycle.prevent_destroy', true);
    };
    d.synth(guarded('ins-1'));
    await d.apply();
    d.synth(guarded('ins-2'));
    const { code, output } = await plan();
    expect([code, output]).toEqual([
      1,
      expect.stringMatching(/(?:Instance|Resource instance) cannot be destroyed/),
    ]);
    expect(d.nic('nic-1')).toBe('USED ins-1');
  });

  test('a destroy of attachments of a STOPPED instance is one warning in the plan', async () => {
    await begin([{ nicId: 'nic-1' }, { nicId: 'nic-2' }]);
    d.synth(attach(['a', 'nic-1', 'ins-1'], ['b', 'nic-2', 'ins-1']));
    await d.apply();
    d.simulator.cloud.patch({ instances: { 'ins-1': { status: 'STOPPED' } } });
    const { code, output } = await d.terraform(['plan', '-destroy']);
    expect([code, unwrap(output).match(/Warning: Instance [^.]*/g)?.length]).toEqual([0, 1]);
  });

  test('a full instance from which the same plan detaches a vNIC causes no warning', async () => {
    const nics = Array.from({ length: 9 }, (_, index) => ({ nicId: `nic-${index}` }));
    await begin(nics);
    const all = nics.map(({ nicId }) => [nicId, nicId, 'ins-1'] as const);
    d.synth(attach(...all.slice(0, 8)));
    await d.apply();
    d.synth(attach(...all.slice(1, 9)));
    const { code, output } = await plan();
    expect([code, output.match(/Warning: [^.]*/g)]).toEqual([0, null]);
    expect(await d.apply()).not.toContain('Warning');
  });

  test('IDs known only after apply are not an error', async () => {
    await begin([{ nicId: 'nic-1' }]);
    d.synth((stack) => {
      const source = new DataResource(stack, 'source', { input: 'nic-1' as never });
      new NicAttachment(stack, 'web', { nicId: source.output.toString(), instanceId: 'ins-1' });
    });
    expect((await plan()).code).toBe(0);
    await d.apply();
    expect(d.nic('nic-1')).toBe('USED ins-1');
  });

  test('a plan without credentials sends no request and warns once, or not at all if preflight is disabled', async () => {
    await begin([{ nicId: 'nic-1' }]);
    d.synth(attach(['web', 'nic-0', 'ins-1'], ['db', 'nic-1', 'ins-1']));
    const none = { ZENLAYERCLOUD_ACCESS_KEY_ID: '', ZENLAYERCLOUD_ACCESS_KEY_PASSWORD: '', HOME: d.folder };
    const unchecked = await plan(none);
    expect([unchecked.code, unchecked.output.match(/Warning: [^:]*: no credentials/g)]).toEqual([
      0,
      ['Warning: The plan was not checked against the API: no credentials'],
    ]);
    expect(unchecked.output).toContain('preflight = false');
    d.synth((stack) => {
      new ProviderRunner(stack, 'zec', { preflight: false });
      attach(['web', 'nic-0', 'ins-1'])(stack);
    });
    const off = await plan(none);
    expect([off.code, off.output.includes('Warning')]).toEqual([0, false]);
    expect(d.simulator.cloud.requests()).toEqual([]);
    const applied = await d.terraform(['apply', '-auto-approve'], none);
    expect([applied.code, unwrap(applied.output)]).toEqual([
      1,
      expect.stringContaining('No credentials found'),
    ]);
  });

  test('an API error is a warning that the plan was not checked', async () => {
    await begin([{ nicId: 'nic-1' }]);
    d.synth(attach(['web', 'nic-1', 'ins-1']));
    const { code, output } = await plan({ ZENLAYERCLOUD_ACCESS_KEY_PASSWORD: 'wrong' });
    expect([code, output]).toEqual([
      0,
      expect.stringMatching(
        /Warning: The plan could not be checked against the API .*AUTHFAILURE_SIGNATURE_FAILURE/,
      ),
    ]);
  });

  test('malformed IDs and timeouts are errors at their attribute', async () => {
    await begin([{ nicId: 'nic-1' }]);
    d.synth((stack) => {
      const web = new NicAttachment(stack, 'web', { nicId: 'nic-1', instanceId: 'ins-1' });
      const resource = web.node.defaultChild as unknown as {
        addOverride(path: string, value: unknown): void;
      };
      resource.addOverride('nic_id', '$(touch x)');
      resource.addOverride('timeouts', { create: 'soon' });
    });
    const { code, output } = await plan();
    expect(code).toBe(1);
    expect(output).toMatch(/Error: Invalid value of nic_id .* An ID is 1 to 128 letters/);
    expect(output).toMatch(/Error: Invalid value of timeouts\.create .* It must be a duration/);
  });

  test('null for an ID, and a value for an attribute of the provider, are errors at their attribute', async () => {
    await begin([{ nicId: 'nic-1', instanceId: 'ins-1' }]);
    d.synth((stack) => {
      const web = new NicAttachment(stack, 'web', { nicId: 'nic-1', instanceId: 'ins-1' });
      web.addOverride('instance_id', '${null}');
      web.addOverride('mac_address', '02:00:00:00:00:01');
    });
    const { code, output } = await plan();
    expect(code).toBe(1);
    expect(output).toMatch(/Error: The argument instance_id is required .* Its value must not be null/);
    expect(output).toMatch(/Error: The value of mac_address cannot be set .* The provider sets it/);
  });

  test('an incomplete access key is an error that names the missing attribute', async () => {
    await begin([{ nicId: 'nic-1' }]);
    d.synth((stack) => {
      new ProviderRunner(stack, 'zec', { accessKeyId: 'only-the-id' });
      attach(['web', 'nic-1', 'ins-1'])(stack);
    });
    const { code, output } = await plan();
    expect(code).toBe(1);
    expect(output).toMatch(/Error: Incomplete access key .* Set access_key_password too/);
  });
});
