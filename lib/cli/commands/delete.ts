import { COMMAND, ENV } from '../../contract';
import { InvalidIdError, parseInstanceId, parseNicId } from '../../zec/ids';
import { command } from '../command';
import { EXIT } from '../exit-codes';
import { runOperation } from '../operations';
import { DEFAULT_TIMEOUT, duration, JSON_FLAG, required, text, withDefault } from '../options';
import { UsageError } from '../usage-error';

export const deleteCommand = command({
  name: COMMAND.delete,
  summary: 'detaches a vNIC from an instance',
  description: [
    'Returns when neither claims the other. A vNIC that is free, gone, or held by another instance is left alone: ' +
      'nothing of this attachment is left then, and that is success.',
  ],
  options: {
    nicId: required(text({ value: 'X', help: 'the vNIC', env: ENV.nicId })),
    instanceId: required(
      text({
        value: 'Y',
        help: 'the instance it is attached to, which must be running',
        env: ENV.instanceId,
      }),
    ),
    timeout: withDefault(
      duration('timeout', { help: 'how long it may take: 90s, 10m, 1h30m', env: ENV.timeout }),
      DEFAULT_TIMEOUT,
    ),
    json: JSON_FLAG,
  },
  examples: [
    { what: 'Detach', run: 'zec-nic delete --nic-id nic-1 --instance-id ins-1' },
    { what: 'For a script', run: 'zec-nic delete --nic-id nic-1 --instance-id ins-1 --timeout 2m --json' },
  ],
  exitCodes: {
    [EXIT.done]: 'not attached any more, or never was',
    [EXIT.failed]: 'still attached, or not known; the error says which',
    [EXIT.timedOut]: 'not detached in time',
  },
  usesSettings: true,
  async run({ options: { nicId, instanceId, timeout, json }, given }, session) {
    try {
      const target = { nicId: parseNicId(nicId), instanceId: parseInstanceId(instanceId) };
      return await runOperation({ name: 'delete', target, timeoutMs: timeout, json }, session);
    } catch (error) {
      if (!(error instanceof InvalidIdError)) throw error;
      if (given.has('nicId') || given.has('instanceId'))
        throw new UsageError(error.message, { cause: error });
      // Terraform asks. Else a stack that once declared a wrong id could never be destroyed.
      session.out(`nothing to detach, since create refuses such an id: ${error.message}\n`);
      return EXIT.done;
    }
  },
});
