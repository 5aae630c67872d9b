import { startSimulator } from '../../lib/simulator';
import { KEY, world } from '../simulator/worlds';
import { run } from '../support/processes';
import { BUNDLE, IDS } from './zec-nic';

test('a skewed clock is named, with by how much, in one sentence that says what to do', async () => {
  const simulator = await startSimulator({ world: world(), now: () => Date.now() + 3_600_000 });
  const env = {
    ZENLAYERCLOUD_DOMAIN: new URL(simulator.endpoint).host,
    ZENLAYERCLOUD_SCHEME: 'http',
    ZENLAYERCLOUD_ACCESS_KEY_ID: KEY.accessKeyId,
    ZENLAYERCLOUD_ACCESS_KEY_PASSWORD: KEY.accessKeyPassword,
  };
  const { code, stderr } = await run(process.execPath, [BUNDLE, 'create', ...IDS], { env });
  await simulator.close();
  expect(code).toBe(2);
  expect(stderr).toContain('AUTHFAILURE_SIGNATURE_FAILURE');
  expect(stderr).toMatch(
    /What to do: Set this machine’s clock: it is (60 min|59 min 5\d s|60 min [1-9] s) behind the server’s/,
  );
});
