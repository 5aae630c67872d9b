import { startSimulator } from '../../lib/simulator';
import type { WorldInput } from '../../lib/simulator';
import { describeInstancesById, describeNics, listInstances, listNetworkInterfaces } from '../../lib/zec';
import { Secret, ZecClient } from '../../lib/zec';
import { fullInstances, KEY } from '../simulator/worlds';

async function withAccount(
  world: WorldInput,
  use: (client: ZecClient, pageSizes: () => number[]) => Promise<void>,
) {
  const simulator = await startSimulator({ world });
  const client = new ZecClient({
    scheme: 'http',
    domain: new URL(simulator.endpoint).host,
    clientTimeoutMs: 30_000,
    credentials: {
      kind: 'access-key',
      accessKeyId: KEY.accessKeyId,
      accessKeyPassword: new Secret(KEY.accessKeyPassword),
    },
    sources: { scheme: '', domain: '', clientTimeout: '', credentials: '' },
  });
  const pageSizes = () =>
    simulator.cloud.requests().map(({ parameters }) => (parameters as { pageSize: number }).pageSize);
  try {
    await use(client, pageSizes);
  } finally {
    await client.close();
    await simulator.close();
  }
}

test('1,000 instances with 8 vNICs each are listed completely', () =>
  withAccount(fullInstances(1_000, 0), async (client) => {
    const instances = await listInstances(client);
    expect(new Set(instances.map(({ instanceId }) => instanceId)).size).toBe(1_000);
    expect(instances.every(({ nics }) => nics.length === 8)).toBe(true);
    expect(await listNetworkInterfaces(client)).toHaveLength(8_000);
  }));

test('a page that is too large is requested again in halves', () => {
  return withAccount(fullInstances(300, 20), async (client, pageSizes) => {
    const instances = await listInstances(client);
    expect(new Set(instances.map(({ instanceId }) => instanceId)).size).toBe(300);
    expect(pageSizes()).toEqual([500, 250, 125, 125, 125]);
    const found = await describeInstancesById(
      client,
      instances.map(({ instanceId }) => instanceId),
    );
    expect(found.size).toBe(300);
    const nicIds = instances.flatMap(({ nics }) => nics.map(({ nicId }) => nicId));
    expect((await describeNics(client, nicIds)).size).toBe(2_400);
  });
});
