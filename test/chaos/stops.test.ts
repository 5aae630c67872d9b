import type { LoggedRequest } from '../../lib/simulator';
import { parseWorld } from '../../lib/simulator';
import { instance } from '../simulator/worlds';
import { powerViolations } from './stops';
import type { PowerAftermath } from './stops';

/** `ins-1` was STOPPED before the command, and `ins-2` was RUNNING. */
function after(more: Partial<PowerAftermath> = {}, statuses = ['STOPPED', 'RUNNING']): PowerAftermath {
  const instances = statuses.map((status, index) => instance(`ins-${index + 1}`, { status }));
  return {
    stopped: 'ins-1',
    world: parseWorld({ instances, nics: [] }),
    requests: [request('StartInstances', 'ins-1'), request('StopInstances', 'ins-1')],
    output: '',
    killed: false,
    ...more,
  };
}

const request = (action: string, instanceId: string): LoggedRequest => ({
  time: '2026-01-01T00:00:00.000Z',
  action,
  parameters: { instanceIds: [instanceId] },
  status: 200,
  code: null,
  requestId: 'T00000000-0000-4000-A000-000000000001',
});

const warning = 'Warning: Instance ins-1 may have been left running';
const RUNNING = ['RUNNING', 'RUNNING'];

test.each<[string, PowerAftermath, string[]]>([
  ['an instance that was started and stopped', after(), []],
  ['one that was left running', after({}, RUNNING), ['ins-1 was STOPPED, and is RUNNING']],
  ['one that is stopping', after({}, ['STOPPING', 'RUNNING']), ['ins-1 was STOPPED, and is STOPPING']],
  ['one that was left running with a warning', after({ output: warning }, RUNNING), []],
  ['one that was left running by a killed provider', after({ killed: true }, RUNNING), []],
  [
    'another one that was stopped',
    after({ output: warning, killed: true }, ['STOPPED', 'STOPPED']),
    ['ins-2 was RUNNING, and is STOPPED'],
  ],
  [
    'a request for another one',
    after({ requests: [request('StopInstances', 'ins-2')] }),
    ['StopInstances was sent for ins-2'],
  ],
  [
    'a request without a STOPPED instance',
    after({ stopped: undefined }, RUNNING),
    ['StartInstances was sent for ins-1', 'StopInstances was sent for ins-1'],
  ],
])('%s', (_, aftermath, expected) => {
  expect(powerViolations(aftermath)).toEqual(expected);
});
