import { ATTACH_EXIT_CODES, ATTACH_OPTIONS } from '../attach-options';
import { command } from '../command';
import { runOperation } from '../operations';

export const createCommand = command({
  name: 'create',
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
  run: ({ options: { nicId, instanceId, timeout, json } }, session) =>
    runOperation({ name: 'create', target: { nicId, instanceId }, timeoutMs: timeout, json }, session),
});
