import { request } from 'node:http';
import { Cloud, startSimulator } from '../../lib/simulator';
import type { Simulator } from '../../lib/simulator';
import { world } from './worlds';

let simulator: Simulator;
beforeAll(async () => {
  simulator = await startSimulator({ world: world() });
});
afterAll(() => simulator.close());

function reset(headers: Readonly<Record<string, string>>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request(`${simulator.endpoint}/_sim/reset`, { method: 'POST', headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on('error', reject)
      .end();
  });
}

test.each([
  ['a page of another site', { origin: 'https://example.com' }],
  ['a page of another port', { origin: 'http://127.0.0.1:1' }],
  ['a page without an origin of its own', { origin: 'null' }],
  ['a name that leads here', { host: 'rebound.example.com' }],
])('the control API rejects %s', async (_, headers) => {
  simulator.cloud.faults.set([{ kind: 'hang' }]);
  expect(await reset(headers)).toBe(403);
  expect(simulator.cloud.faults.list()).toHaveLength(1);
});

test('the control API accepts its own origin and requests without an origin', async () => {
  expect(await reset({ origin: simulator.endpoint })).toBe(200);
  expect(await reset({})).toBe(200);
});

test.each(['constructor', '__proto__', 'toString', 'hasOwnProperty'])(
  'a parameter called %s is rejected as unknown',
  (name) => {
    const cloud = new Cloud({ world: world(), now: () => 0 });
    const parameters = JSON.parse(`{"nicId":"nic-1","instanceId":"ins-1","${name}":1}`) as unknown;
    expect(cloud.handle('AttachNetworkInterface', parameters)).toMatchObject({
      status: 400,
      body: { code: 'INVALID_PARAMETER_VALUE' },
    });
    expect(cloud.world().nics[0]?.status).toBe('AVAILABLE');
  },
);

test('the error for a world with thousands of mistakes lists fifty and counts the rest', () => {
  const nics = Array.from({ length: 3000 }, () => ({ nicId: '!' }));
  expect(() => new Cloud({ world: { nics } as never })).toThrow(
    /^The world is not valid:(\n {2}.*){50}\n {2}… and \d+ more$/,
  );
});
