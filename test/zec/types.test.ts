import { ACTIONS, INSTANCE_STATUSES, NIC_STATUSES } from '../../lib/zec';

test('the actions and statuses are those of the API reference', () => {
  const words = (text: string) => text.trim().split(/\s+/);
  expect(ACTIONS).toEqual(
    words(`AttachNetworkInterface DetachNetworkInterface StartInstances StopInstances
      DescribeNetworkInterfaces DescribeInstances DescribeInstancesStatus`),
  );
  expect([...NIC_STATUSES].sort()).toEqual(
    words('ATTACHING AVAILABLE CREATE_FAILED DELETING DETACHING PENDING USED'),
  );
  expect([...INSTANCE_STATUSES].sort()).toEqual(
    words(`BOOTING CREATE_FAILED DEPLOYING IMAGING PENDING REBOOT REBUILDING RECYCLE RECYCLED RECYCLING
      REINSTALL_FAILED RELEASING RESIZING RUNNING STARTING STOPPED STOPPING`),
  );
});
