import { NicAttachmentHandler } from '../../lib/handler';
import { parseInstanceId } from '../../lib/zec/ids';
import type { NicInfo, ZecApi } from '../../lib/zec/types';
import { FakeClock } from '../support/fake-clock';
import { TARGET } from './views';

const { nicId, instanceId } = TARGET;
const other = parseInstanceId('ins-2');

/** A handler on an API that shows just this: the vNIC, and whether the target's instance lists it. */
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
  ['both agree', { status: 'USED', instanceId }, true, 'attached'],
  ['the instance does not list it yet', { status: 'USED', instanceId }, false, 'changing'],
  ['on its way in', { status: 'ATTACHING', instanceId }, false, 'changing'],
  ['on its way out', { status: 'DETACHING', instanceId }, true, 'changing'],
  ['free, but still listed', { status: 'AVAILABLE' }, true, 'changing'],
  ['free', { status: 'AVAILABLE' }, false, 'detached'],
  ['at another instance', { status: 'USED', instanceId: other }, false, 'detached'],
  ['at another instance, and still listed', { status: 'USED', instanceId: other }, true, 'detached'],
  ['gone', undefined, false, 'detached'],
  ['gone, but still listed', undefined, true, 'changing'],
])('an attachment is read: %s', async (_, nic, listed, state) => {
  const { clock, handler } = showing(nic, listed);
  const result = await clock.run(handler.read(TARGET));
  expect(result.state).toBe(state);
  expect(result.attachment).toMatchObject({ id: 'nic-1:ins-1', nicId, instanceId, instance: { instanceId } });
});

test('a vNIC that is free and still names the target is held by no other instance', async () => {
  const { clock, handler } = showing({ status: 'AVAILABLE', instanceId }, false);
  expect(await clock.run(handler.delete(TARGET))).toEqual({
    ok: true,
    alreadyDetached: true,
    heldBy: undefined,
  });
});
