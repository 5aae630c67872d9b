import type { Json } from '../../lib/plugin';
import { nicAttachment } from '../../lib/provider/nic-attachment';
import { stateOf } from '../../lib/provider/nic-attachment-state';
import { nic, world } from '../simulator/worlds';
import { contextWith } from './fake-context';
import { ProviderRig, range, targetOfPair } from './rig';

describe('imports', () => {
  const imported = (rig: ProviderRig, id: string, client = rig.process().client) =>
    Promise.resolve(nicAttachment.importState?.(id, { ...contextWith({}).context, client }));

  test.each(['nic-2', 'nic-2:ins-2'])(
    'of "%s" read the attachment that Terraform then refreshes',
    async (id) => {
      const rig = new ProviderRig();
      expect(await rig.run(imported(rig, id))).toEqual({
        id: 'nic-2:ins-2',
        nic_id: 'nic-2',
        instance_id: 'ins-2',
      });
    },
  );

  test('share one request if concurrent, and find each instance', async () => {
    const instanceOf = (index: number) => `ins-${(index % 2) + 1}`;
    const rig = new ProviderRig({
      nics: range(10).map((index) => nic(`nic-${index}`, { instanceId: instanceOf(index) })),
    });
    const { client } = rig.process();
    const found = await rig.run(Promise.all(range(10).map((index) => imported(rig, `nic-${index}`, client))));
    expect(found).toEqual(
      range(10).map((index) => expect.objectContaining({ instance_id: instanceOf(index) }) as unknown),
    );
    expect(rig.describes).toBe(1);
  });

  test.each([
    ['nic-3', { status: 'AVAILABLE', instanceId: null }, { status: 'USED', instanceId: 'ins-1' }, 'ins-1'],
    ['nic-3:ins-2', { instanceId: 'ins-1' }, { instanceId: 'ins-2' }, 'ins-2'],
  ])('of "%s" read the vNIC again if a list shows it elsewhere', async (id, before, after, instanceId) => {
    const nics = [1, 2, 3].map((index) => nic(`nic-${index}`, { instanceId: 'ins-1' }));
    const rig = new ProviderRig({ nics });
    const { client } = rig.process();
    rig.cloud.patch({ nics: { 'nic-3': before } });
    for (const each of ['nic-1', 'nic-2', 'nic-1']) await rig.run(imported(rig, each, client));
    rig.cloud.patch({ nics: { 'nic-3': after } });
    expect(await rig.run(imported(rig, id, client))).toMatchObject({ instance_id: instanceId });
    expect(rig.describes).toBe(4);
  });

  const long = 'n'.repeat(101);
  test.each([
    [
      'nic-2:ins-1',
      'vNIC nic-2 is attached to instance ins-2, not to ins-1',
      'To import that attachment, use "nic-2:ins-2".',
    ],
    [
      'nic-1:ins-1',
      'vNIC nic-1 is not attached to an instance',
      'There is nothing to import. Remove the import, and apply will attach the vNIC.',
    ],
    [
      'nic-1',
      'vNIC nic-1 is not attached to an instance',
      'There is nothing to import. Remove the import, and apply will attach the vNIC.',
    ],
    [
      'nic-9:ins-1',
      'vNIC nic-9 does not exist',
      'Check the ID, the region and the account that the credentials belong to.',
    ],
    [
      'nic-p',
      'vNIC nic-p is a primary vNIC',
      'It can never be detached, so a destroy would fail. Remove the import and the attachment.',
    ],
    [
      'nic-2:ins-2:x',
      'Invalid attachment ID: "nic-2:ins-2:x"',
      'Expected "nicId:instanceId", or "nicId" if the vNIC is attached.',
    ],
    [
      'nic-2:',
      'Invalid attachment ID: "nic-2:"',
      'Expected "nicId:instanceId", or "nicId" if the vNIC is attached.',
    ],
    ['', 'Invalid attachment ID: ""', 'Expected "nicId:instanceId", or "nicId" if the vNIC is attached.'],
    [
      `${long}:${long}:${long}`,
      `Invalid attachment ID: "${long.slice(1)}"`,
      'Expected "nicId:instanceId", or "nicId" if the vNIC is attached.',
    ],
  ])('of "%s" fail: %s', async (id, message, detail) => {
    const primary = nic('nic-p', { instanceId: 'ins-2', nicType: 'Primary' });
    const rig = new ProviderRig({ nics: [...(world().nics ?? []), primary] });
    await rig.run(expect(imported(rig, id)).rejects.toMatchObject({ message, detail }));
  });
});

describe('a move from another resource type', () => {
  /** @returns what Terraform stores and shows */
  const moved = (sourceType: string, sourceState: Record<string, Json>) => {
    const fake = contextWith({});
    const state = nicAttachment.moveState?.({ sourceType, sourceState }, fake.context);
    return { state, warnings: fake.diagnostics };
  };
  const attached = { state: stateOf(targetOfPair(['nic-1', 'ins-1'])), warnings: [] };
  const nothing = { state: undefined, warnings: [] };
  const ids = { nic_id: 'nic-1', instance_id: 'ins-1' };
  const vendor = 'zenlayercloud_zec_vnic_attachment';

  test.each<[string, Record<string, Json>]>([
    ['null_resource', { id: '123', triggers: ids }],
    ['terraform_data', { id: '123', triggers_replace: { value: ids, type: ['object', {}] } }],
    [vendor, { id: 'nic-1:ins-1', vnic_id: 'nic-1', instance_id: 'ins-1' }],
    [vendor, { id: 'nic-1:ins-1', vnic_id: '', instance_id: 'ins-1' }],
    [vendor, { id: 'nic-1:ins-1', vnic_id: 'nic-1', instance_id: null }],
    [vendor, { id: 'nic-1:ins-1' }],
    [vendor, { id: 'opaque', vnic_id: 'nic-1', instance_id: 'ins-1' }],
    [vendor, { id: null, vnic_id: 'nic-1', instance_id: 'ins-1' }],
  ])('%s keeps the attachment that its state %j records', (sourceType, sourceState) => {
    expect(moved(sourceType, sourceState)).toEqual(attached);
    // The refresh that follows fills them in.
    const unknown = { name: null, private_ips: null, secondary_ipv4s: null, public_ips: null, tags: null };
    expect(attached.state).toMatchObject(unknown);
  });

  test.each<[string, Record<string, Json>]>([
    ['null_resource', { id: '123', triggers: null }],
    ['null_resource', { id: '123' }],
    ['null_resource', { id: '123', triggers: { nic_id: 'nic-1' } }],
    ['null_resource', { id: '123', triggers: { instance_id: 'ins-1' } }],
    ['null_resource', { id: '123', triggers_replace: { value: ids, type: ['object', {}] } }],
    ['terraform_data', { id: '123', triggers_replace: null }],
    ['terraform_data', { id: '123', triggers_replace: { value: null, type: 'dynamic' } }],
    ['terraform_data', { id: '123', triggers_replace: { value: ['nic-1', 'ins-1'], type: ['tuple', []] } }],
    ['terraform_data', { id: '123', triggers_replace: { value: { ...ids, nic_id: 1 }, type: 'dynamic' } }],
    ['terraform_data', { id: '123', triggers: ids }],
    [vendor, { id: 'opaque', vnic_id: '', instance_id: 'ins-1' }],
    [vendor, { id: 'opaque', vnic_id: 'nic-1', instance_id: null }],
    [vendor, { id: null }],
    ['aws_network_interface_attachment', { id: 'nic-1:ins-1', triggers: ids, ...ids, vnic_id: 'nic-1' }],
  ])('%s is not possible if its state %j records no attachment', (sourceType, sourceState) => {
    expect(moved(sourceType, sourceState)).toEqual(nothing);
  });

  test.each([
    ['nic-1', 'ins-9'],
    ['nic-9', 'ins-1'],
  ])(
    'uses what the vendor’s resource attached, although it was refreshed to %s on %s',
    (vnic_id, instance_id) => {
      expect(moved(vendor, { id: 'nic-1:ins-1', vnic_id, instance_id })).toEqual({
        ...attached,
        warnings: [
          {
            severity: 'warning',
            summary: `Inconsistent source state: its ID is nic-1:ins-1, its attributes name vNIC ${vnic_id} and instance ${instance_id}`,
            detail:
              'The ID was used, because it names what the resource attached. The vNIC has been moved since, and no one else’s ' +
              `attachment is modified. To keep the vNIC where it is, declare instance ${instance_id}.`,
          },
        ],
      });
    },
  );
});
