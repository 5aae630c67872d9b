import { COMMAND, ENV } from '../../contract';
import { ATTACH_EXIT_CODES, ATTACH_OPTIONS } from '../attach-options';
import { command } from '../command';
import { CreateMark } from '../create-mark';
import { runOperation } from '../operations';

export const createCommand = command({
  name: COMMAND.create,
  summary: 'attaches a vNIC to an instance',
  description: [
    'Returns when the vNIC says USED by the instance and the instance lists the vNIC. An attachment that is already ' +
      'there is adopted. A vNIC that another instance holds is left alone: that fails.',
  ],
  options: ATTACH_OPTIONS,
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
  exitCodes: ATTACH_EXIT_CODES,
  usesSettings: true,
  async run({ options: { nicId, instanceId, timeout, json } }, session) {
    const target = { nicId, instanceId };
    const mark = session.env[ENV.toBeConfirmed] === undefined ? undefined : new CreateMark(target);
    const code = await runOperation({ name: 'create', target, timeoutMs: timeout, json }, session);
    mark?.leave();
    return code;
  },
});
