import { NicAttachmentHandler } from '../../lib/handler';
import { parseInstanceId } from '../../lib/zec/ids';
import type { NicInfo, ZecApi } from '../../lib/zec/types';
import { FakeClock } from '../support/fake-clock';
import { TARGET } from './views';

const { nicId, instanceId } = TARGET;
const other = parseInstanceId('ins-2');

/** A handler whose API returns this vNIC, and an instance that lists it or not. */
function showing(nic: Omit<NicInfo, 'nicId'> | undefined, listed: boolean) {
  const clock = new FakeClock();
  const dataSet = nic === undefined ? [] : [{ nicId, ...nic }];
  const page = { requestId: 'T1', totalCount: dataSet.length, dataSet };
  const nics = listed ? [{ nicId, status: 'USED' }] : [];
  const reads: Pick<ZecApi, 'describeNetworkInterfaces' | 'describeInstances'> = {
    describeNetworkInterfaces: () => Promise.resolve(page),
    describeInstances: () =>
      Promise.resolve({ requestId: 'T1', totalCount: 1, dataSet: [{ instanceId, status: 'RUNNING', nics }] }),
  };
  return { clock, handler: new NicAttachmentHandler(reads as ZecApi, { clock }) };
}

test.each([
  ['vNIC and instance agree', { status: 'USED', instanceId }, true, 'attached'],
  ['the instance does not list it yet', { status: 'USED', instanceId }, false, 'changing'],
  ['ATTACHING', { status: 'ATTACHING', instanceId }, false, 'changing'],
  ['DETACHING', { status: 'DETACHING', instanceId }, true, 'changing'],
  ['AVAILABLE, but still listed', { status: 'AVAILABLE' }, true, 'changing'],
  ['AVAILABLE', { status: 'AVAILABLE' }, false, 'detached'],
  ['at another instance', { status: 'USED', instanceId: other }, false, 'detached'],
  ['at another instance, and still listed', { status: 'USED', instanceId: other }, true, 'detached'],
  ['missing', undefined, false, 'detached'],
  ['missing, but still listed', undefined, true, 'changing'],
])('the state of an attachment: %s', async (_, nic, listed, state) => {
  const { clock, handler } = showing(nic, listed);
  const result = await clock.run(handler.read(TARGET));
  expect(result.state).toBe(state);
  expect(result.attachment).toMatchObject({ id: 'nic-1:ins-1', nicId, instanceId, instance: { instanceId } });
});

test('an AVAILABLE vNIC that still names the target is not held by another instance', async () => {
  const { clock, handler } = showing({ status: 'AVAILABLE', instanceId }, false);
  expect(await clock.run(handler.delete(TARGET))).toEqual({
    ok: true,
    alreadyDetached: true,
    nicFound: true,
    heldBy: undefined,
  });
});
