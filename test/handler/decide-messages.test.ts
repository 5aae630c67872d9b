import { decide, NO_ATTEMPTS } from '../../lib/handler/decide';
import type { Goal, Progress } from '../../lib/handler/decide';
import type { View } from '../../lib/handler/view';
import { attaching, detaching, used, view } from './views';

const CHANGING = [
  'DEPLOYING',
  'STARTING',
  'BOOTING',
  'REBOOT',
  'REBUILDING',
  'RESIZING',
  'IMAGING',
  'PENDING',
];
const held = view({ nicStatus: 'USED', owner: 'other' });
/** A vNIC that is USED by the target, whose instance has this status. */
const usedBy = (instanceStatus: string | undefined) => ({ ...used, instanceStatus });

describe('the reason of a wait', () => {
  test.each<[Goal, View, string]>([
    ['attach', view({ nicStatus: 'USED' }), 'vNIC nic-1 to name the instance that uses it'],
    ['attach', { ...used, listed: false }, 'instance ins-1 to list the vNIC'],
    ['attach', attaching, 'vNIC nic-1 to become USED'],
    ['attach', detaching, 'vNIC nic-1 to become AVAILABLE'],
    ['attach', view({ nicStatus: 'PENDING' }), 'vNIC nic-1 to become AVAILABLE'],
    ...CHANGING.map((instanceStatus): [Goal, View, string] => [
      'attach',
      view({ instanceStatus }),
      'instance ins-1 to become RUNNING',
    ]),
    ['detach', view({ listed: true }), 'instance ins-1 to stop listing the vNIC'],
    ['detach', view({ nicStatus: 'CREATE_FAILED', listed: true }), 'instance ins-1 to stop listing the vNIC'],
    ['detach', view({ nicStatus: 'USED' }), 'vNIC nic-1 to name the instance that uses it'],
    ['detach', attaching, 'vNIC nic-1 to finish attaching, so that it can be detached'],
    ['detach', detaching, 'vNIC nic-1 to become AVAILABLE'],
    ['detach', view({ nicStatus: 'PENDING' }), 'vNIC nic-1 to become AVAILABLE'],
    ['detach', view({ nicStatus: 'DELETING' }), 'vNIC nic-1 to be deleted'],
    ...[...CHANGING, 'STOPPING'].map((status): [Goal, View, string] => [
      'detach',
      usedBy(status),
      'instance ins-1 to become RUNNING',
    ]),
    ['detach', usedBy(undefined), 'the platform to free vNIC nic-1, whose instance no longer exists'],
    ['detach', usedBy('RELEASING'), 'the platform to free vNIC nic-1, whose instance is RELEASING'],
    ['detach', usedBy('RECYCLING'), 'the platform to free vNIC nic-1, whose instance is RECYCLING'],
  ])('to %s, %j: %s', (goal, seen, reason) => {
    expect(decide(goal, seen, NO_ATTEMPTS)).toMatchObject({ kind: 'wait', reason });
  });

  const newer = (nicStatus: string) => view({ nicStatus, owner: 'target' });
  test.each<[Goal, View, string]>([
    ['attach', newer('MOODY'), 'vNIC nic-1'],
    ['attach', view({ instanceStatus: 'MOODY' }), 'instance ins-1'],
    ['detach', newer('MOODY'), 'vNIC nic-1'],
    ['detach', usedBy('MOODY'), 'instance ins-1'],
  ])('to %s, %j: an unknown status causes a warning', (goal, seen, what) => {
    expect(decide(goal, seen, NO_ATTEMPTS)).toMatchObject({
      kind: 'wait',
      reason: `${what} to leave the status "MOODY"`,
      warning: `${what} has the status "MOODY", which this version does not recognize. A newer version may.`,
    });
  });

  test('an unknown status is truncated to forty characters and escaped', () => {
    const status = `A\n${'B'.repeat(60)}`;
    expect(decide('attach', newer(status), NO_ATTEMPTS)).toMatchObject({
      reason: `vNIC nic-1 to leave the status "A\\n${'B'.repeat(38)}"`,
    });
  });
});

describe('the summary and the advice of a failure', () => {
  const checkId = 'Check the ID, the region and the account that the credentials belong to.';
  const createNew = 'Create a new vNIC and declare the attachment of that one.';
  const start = 'The API attaches only to a running instance: start it, then apply again.';
  const repair = 'Repair or replace the instance, then apply again.';
  const onlyFromRunning = 'The API detaches only from a running instance:';
  const leave =
    'It was not changed. Detach it from that instance first, or declare its attachment to that instance.';
  const at = (instanceStatus: string | undefined) => view({ instanceStatus });

  test.each<[Goal, View, string, string]>([
    ['attach', view({ nicStatus: undefined }), 'vNIC nic-1 does not exist', checkId],
    [
      'attach',
      view({ primary: true }),
      'vNIC nic-1 is a primary vNIC',
      'A primary vNIC is created and deleted with its instance. Declare an attachment of a secondary vNIC.',
    ],
    ...['DELETING', 'CREATE_FAILED'].map((nicStatus): [Goal, View, string, string] => [
      'attach',
      view({ nicStatus }),
      `vNIC nic-1 is ${nicStatus} and can no longer be attached`,
      createNew,
    ]),
    ['attach', held, 'vNIC nic-1 is attached to instance ins-2', leave],
    ['attach', { ...held, nicStatus: 'ATTACHING' }, 'vNIC nic-1 is being attached to instance ins-2', leave],
    ['attach', at(undefined), 'instance ins-1 does not exist', checkId],
    ['attach', at('STOPPED'), 'instance ins-1 is STOPPED', start],
    ['attach', at('STOPPING'), 'instance ins-1 is STOPPING', start],
    [
      'attach',
      at('RECYCLE'),
      'instance ins-1 is in the recycle bin',
      'Recover and start it, then apply again, or declare another instance.',
    ],
    ...['RELEASING', 'RECYCLING'].map((status): [Goal, View, string, string] => [
      'attach',
      at(status),
      `instance ins-1 is being released (${status})`,
      'Declare another instance.',
    ]),
    ['attach', at('CREATE_FAILED'), 'instance ins-1 is CREATE_FAILED', repair],
    ['attach', at('REINSTALL_FAILED'), 'instance ins-1 is REINSTALL_FAILED', repair],
    [
      'detach',
      { ...used, primary: true },
      'vNIC nic-1 is the primary vNIC of instance ins-1',
      'A primary vNIC cannot be detached. Remove the attachment from the state (terraform state rm).',
    ],
    ['detach', usedBy('STOPPED'), 'instance ins-1 is STOPPED', `${onlyFromRunning} start it, then retry.`],
    [
      'detach',
      usedBy('RECYCLE'),
      'instance ins-1 is in the recycle bin',
      `${onlyFromRunning} recover and start it, or release it for good, then retry.`,
    ],
    ...['CREATE_FAILED', 'REINSTALL_FAILED'].map((status): [Goal, View, string, string] => [
      'detach',
      usedBy(status),
      `instance ins-1 is ${status}`,
      `${onlyFromRunning} repair or release it, then retry.`,
    ]),
  ])('to %s, %j: %s', (goal, seen, summary, advice) => {
    expect(decide(goal, seen, NO_ATTEMPTS)).toMatchObject({ kind: 'fail', summary, advice });
  });

  test('a vNIC held by another instance: the instance is in heldBy', () => {
    expect(decide('attach', held, NO_ATTEMPTS)).toMatchObject({ heldBy: 'ins-2' });
  });

  const conflict = { text: 'INVALID_NIC_STATUS: busy', count: 3, advice: undefined };
  const again =
    'Check that the instance is healthy and that its guest agent (QGA) is running, then try again.';
  test.each<[Goal, View, Partial<Progress>, string, string]>([
    [
      'attach',
      view(),
      { refusals: 3 },
      'the platform accepted the attach of vNIC nic-1 3 times and each time fell back to AVAILABLE',
      again,
    ],
    [
      'detach',
      used,
      { refusals: 3 },
      'the platform accepted the detach of vNIC nic-1 3 times and each time fell back to USED',
      again,
    ],
    [
      'attach',
      view(),
      { conflict },
      'the API refused the attach of vNIC nic-1 3 times although both statuses allow it: INVALID_NIC_STATUS: busy',
      'See the API error, or contact Zenlayer support with the request ID.',
    ],
    [
      'detach',
      used,
      { conflict: { ...conflict, advice: 'Start its guest agent.' } },
      'the API refused the detach of vNIC nic-1 3 times although both statuses allow it: INVALID_NIC_STATUS: busy',
      'Start its guest agent.',
    ],
  ])('to %s, %j, after %j: %s', (goal, seen, done, summary, advice) => {
    expect(decide(goal, seen, { ...NO_ATTEMPTS, ...done })).toMatchObject({ kind: 'fail', summary, advice });
  });
});
