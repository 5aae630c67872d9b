import { fullInstances, nic } from '../simulator/worlds';
import { DrivenProvider } from '../support/driven-provider';
import { range } from './rig';

const INSTANCES = 1_000;

/** The first vNIC of each full instance, then free vNICs. */
function attachmentOf(index: number) {
  const nic_id = index < INSTANCES ? `nic-${8 * index}` : `nic-free-${index}`;
  const instance_id = `ins-${index % INSTANCES}`;
  return { id: `${nic_id}:${instance_id}`, nic_id, instance_id };
}

test('with 1,000 full instances, pages that are too large are requested in halves, and a plan warns of full ones', async () => {
  const { nics, ...world } = fullInstances(INSTANCES);
  const additional = range(5).map((index) => INSTANCES + index);
  const free = additional.map((index) => nic(attachmentOf(index).nic_id));
  const d = await DrivenProvider.start({ ...world, nics: [...nics, ...free] }, attachmentOf);
  const pagesOfInstances = () =>
    d.simulator.cloud.requests().flatMap(({ action, parameters }) => {
      const { pageSize, pageNum } = parameters as { pageSize: number; pageNum?: number };
      return action === 'DescribeInstances' && pageNum !== undefined ? [`${pageSize} ${pageNum}`] : [];
    });
  try {
    const states = await d.refresh(range(INSTANCES), 100);
    expect(states).toEqual(
      range(INSTANCES).map((index) => expect.objectContaining(attachmentOf(index)) as unknown),
    );
    expect(pagesOfInstances().slice(0, 2)).toEqual(['250 1', '125 1']);
    await d.restart();
    expect((await d.plan(additional, 10)).sort()).toEqual(
      range(5).map((index) => `Instance ins-${index} would hold 9 vNICs`),
    );
  } finally {
    await d.close();
  }
});
