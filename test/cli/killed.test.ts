import { nic } from '../simulator/worlds';
import { eventually } from '../support/processes';
import { IDS, ZecNic } from './zec-nic';

// Reads lag, so that what was sent just before shows only later.
const settings = { describeLagMs: 1_500 };

test.concurrent.each([
  ['create', 'delete', 'AttachNetworkInterface', 'AVAILABLE'],
  ['delete', 'create', 'DetachNetworkInterface', 'USED ins-1'],
])('after a %s that was killed, a %s finds what it had sent', async (first, then, action, end) => {
  const nics = [nic('nic-1', first === 'delete' ? { instanceId: 'ins-1' } : {})];
  const zec = await ZecNic.withWorld({ nics, settings });
  try {
    const env = { TMPDIR: zec.home };
    const killed = zec.start([first, ...IDS], env);
    await eventually('it has sent its request', () =>
      zec.simulator.cloud.requests().some((each) => each.action === action),
    );
    killed.kill('SIGKILL');
    await killed.finished;
    const { code, stderr } = await zec.run([then, ...IDS], env);
    expect([code, zec.nic()]).toEqual([0, end]);
    expect(stderr).toContain('re-checking shortly: a recent request may not be visible yet');
  } finally {
    await zec.close();
  }
});
