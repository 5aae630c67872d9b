import { nicAttachment } from '../../lib/provider/nic-attachment';
import { nicAttachmentList } from '../../lib/provider/nic-attachment-list';
import type { WorldInput } from '../../lib/simulator';
import { instance, nic } from '../simulator/worlds';
import { fleetWorld } from '../support/driven-provider';
import { contextWith } from './fake-context';
import { ProviderRig } from './rig';

const world = {
  instances: [instance('ins-1'), instance('ins-2', { zoneId: 'europe-west-2a' })],
  nics: [
    nic('nic-p', { nicType: 'Primary', instanceId: 'ins-1' }),
    nic('nic-a', { instanceId: 'ins-1', name: 'storage', tags: [{ key: 'team', value: 'red' }] }),
    nic('nic-b', { instanceId: 'ins-1', vpcId: 'vpc-2', subnetId: 'subnet-2' }),
    nic('nic-c', { instanceId: 'ins-2', regionId: 'europe-west-2' }),
    nic('nic-free'),
    nic('nic-attaching', { status: 'ATTACHING', instanceId: 'ins-1' }),
  ],
};
const NO_FILTER = { region_id: null, vpc_id: null, subnet_id: null, instance_id: null, tags: null };

function lister(more: Partial<WorldInput> = world) {
  const rig = new ProviderRig(more);
  const context = { ...contextWith({}).context, client: rig.process().client };
  const list = (filter: object = {}, limit = Infinity) =>
    rig.run(
      (async () => {
        const found = [];
        for await (const each of nicAttachmentList.list({ ...NO_FILTER, ...filter }, context)) {
          if (found.push(each) === limit) break;
        }
        return found;
      })(),
    );
  return { rig, context, list };
}

test.each([
  [{}, ['nic-a', 'nic-b', 'nic-c']],
  [{ region_id: 'europe-west-2' }, ['nic-c']],
  [{ vpc_id: 'vpc-2' }, ['nic-b']],
  [{ subnet_id: 'subnet-2' }, ['nic-b']],
  [{ instance_id: 'ins-1' }, ['nic-a', 'nic-b']],
  [{ instance_id: 'ins-1', tags: { team: 'red' } }, ['nic-a']],
  [{ region_id: 'nowhere' }, []],
])('the filters %j list the attachments of %j: neither primary nor free vNICs', async (filter, expected) => {
  expect((await lister().list(filter)).map(({ state }) => state.nic_id)).toEqual(expected);
});

test('of a page, only secondary vNICs that are still attached are listed', async () => {
  const pages = () =>
    Promise.resolve([
      [
        { nicId: 'nic-a' },
        { nicId: 'nic-p', instanceId: 'ins-1', nicType: 'Primary' },
        { nicId: 'nic-b', instanceId: 'ins-1' },
      ],
    ]);
  const { context } = contextWith({
    nicPages: async function* () {
      yield* await pages();
    },
  });
  const found = [];
  for await (const each of nicAttachmentList.list(NO_FILTER, context)) found.push(each);
  expect(found.map(({ displayName }) => displayName)).toEqual(['nic-b on ins-1']);
});

test('an attachment is listed by the name of its vNIC, or its ID, and its instance', async () => {
  const found = await lister().list({ instance_id: 'ins-1' });
  expect(found.map(({ displayName }) => displayName)).toEqual(['storage on ins-1', 'nic-b on ins-1']);
});

test.each([
  ['red \u001b[31m\nsecond line', 'red [31m second line on ins-1'],
  ['\u0007', 'nic-a on ins-1'],
])('the name %j of a vNIC is shown as %j', async (name, expected) => {
  const { rig, list } = lister();
  rig.cloud.patch({ nics: { 'nic-a': { name } } });
  const [found] = await list({ instance_id: 'ins-1' });
  expect(found?.displayName).toBe(expected);
});

test('a listed attachment is what a read of it shows', async () => {
  const { rig, context, list } = lister();
  for (const { state } of await list()) {
    expect(await rig.run(Promise.resolve(nicAttachment.read(state, context)))).toEqual(state);
  }
});

test('pages are read only as far as they are needed', async () => {
  const { rig, list } = lister(fleetWorld(2_500, true));
  expect(await list({}, 1_000)).toHaveLength(1_000);
  expect(rig.describes).toBe(1);
  const all = await list();
  expect([new Set(all.map(({ state }) => state.nic_id)).size, rig.describes]).toEqual([2_500, 4]);
});
