import { COMMAND } from '../../contract';
import { ATTACH_EXIT_CODES, ATTACH_OPTIONS } from '../attach-options';
import { command } from '../command';
import { confirmedText, CreateMark } from '../create-mark';
import { EXIT } from '../exit-codes';
import { createCommand } from './create';

export const confirmCommand = command({
  name: COMMAND.confirm,
  summary: 'makes sure that a create came to its end',
  description: [
    'What the local-exec runner calls after its create. Where a create of the same run of Terraform has just converged, ' +
      'that is all there is to know, and the API is not asked. Else the deploy was cut off before, and this does what ' +
      'create does: it adopts the attachment that is there, or attaches.',
  ],
  options: ATTACH_OPTIONS,
  examples: [
    { what: 'Attach if it is not attached yet', run: 'zec-nic confirm --nic-id nic-1 --instance-id ins-1' },
  ],
  exitCodes: ATTACH_EXIT_CODES,
  usesSettings: true,
  async run(invocation, session) {
    const { nicId, instanceId, json } = invocation.options;
    if (new CreateMark({ nicId, instanceId }).take()) {
      const found = {
        ok: true,
        state: 'attached',
        looked: false,
        id: `${nicId}:${instanceId}`,
        nicId,
        instanceId,
      };
      session.out(json ? `${JSON.stringify(found)}\n` : confirmedText({ nicId, instanceId }));
      return EXIT.done;
    }
    return createCommand.run(invocation, session);
  },
});
