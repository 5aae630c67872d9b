import { COMMAND, ENV } from '../../contract';
import { parseInstanceId, parseNicId } from '../../zec/ids';
import { command } from '../command';
import { CreateMark } from '../create-mark';
import { EXIT } from '../exit-codes';
import { runOperation } from '../operations';
import { DEFAULT_TIMEOUT, duration, id, JSON_FLAG, required, withDefault } from '../options';

export const createCommand = command({
  name: COMMAND.create,
  summary: 'attaches a vNIC to an instance',
  description: [
    'Returns when the vNIC says USED by the instance and the instance lists the vNIC. An attachment that is already ' +
      'there is adopted. A vNIC that another instance holds is left alone: that fails.',
  ],
  options: {
    nicId: required(id({ value: 'X', help: 'the vNIC', env: ENV.nicId }, parseNicId)),
    instanceId: required(
      id({ value: 'Y', help: 'the instance, which must be running', env: ENV.instanceId }, parseInstanceId),
    ),
    timeout: withDefault(
      duration('timeout', { help: 'how long it may take: 90s, 10m, 1h30m', env: ENV.timeout }),
      DEFAULT_TIMEOUT,
    ),
    json: JSON_FLAG,
  },
  examples: [
    {
      what: 'Attach, and give it five minutes',
      run: 'zec-nic create --nic-id nic-1 --instance-id ins-1 --timeout 5m',
    },
    {
      what: 'The same from the environment, as a Terraform provisioner does it',
      run: 'ZEC_NIC_ID=nic-1 ZEC_INSTANCE_ID=ins-1 zec-nic create --json',
    },
  ],
  exitCodes: {
    [EXIT.done]: 'attached',
    [EXIT.failed]: 'not attached; the error says why, and whether anything may be left behind',
    [EXIT.timedOut]: 'not attached in time',
  },
  usesSettings: true,
  async run({ options: { nicId, instanceId, timeout, json } }, session) {
    const target = { nicId, instanceId };
    const mark = session.env[ENV.toBeConfirmed] === undefined ? undefined : new CreateMark(target);
    const code = await runOperation({ name: 'create', target, timeoutMs: timeout, json }, session);
    mark?.leave();
    return code;
  },
});
