import { ENV } from '../../contract';
import { parseInstanceId, parseNicId } from '../../zec/ids';
import { command } from '../command';
import { EXIT } from '../exit-codes';
import { runOperation } from '../operations';
import { DEFAULT_TIMEOUT, duration, id, JSON_FLAG, required, withDefault } from '../options';

export const readCommand = command({
  name: 'read',
  summary: 'tells whether a vNIC is attached to an instance',
  description: ['Looks once, changes nothing.'],
  options: {
    nicId: required(id({ value: 'X', help: 'the vNIC', env: ENV.nicId }, parseNicId)),
    instanceId: required(id({ value: 'Y', help: 'the instance', env: ENV.instanceId }, parseInstanceId)),
    timeout: withDefault(
      duration('timeout', { help: 'taken, so that all three can be called alike', env: ENV.timeout }),
      DEFAULT_TIMEOUT,
    ),
    json: JSON_FLAG,
  },
  examples: [
    { what: 'Ask', run: 'zec-nic read --nic-id nic-1 --instance-id ins-1' },
    {
      what: 'The vNIC’s MAC address',
      run: 'zec-nic read --nic-id nic-1 --instance-id ins-1 --json | jq -r .nic.macAddress',
    },
  ],
  exitCodes: {
    [EXIT.done]: 'attached: both views agree',
    [EXIT.notAttached]: 'not attached, or on its way to or from it',
    [EXIT.failed]: 'the API could not be asked',
  },
  usesSettings: true,
  run: ({ options: { nicId, instanceId, timeout, json } }, session) =>
    runOperation({ name: 'read', target: { nicId, instanceId }, timeoutMs: timeout, json }, session),
});
