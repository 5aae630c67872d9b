import { COMMAND } from '../../contract';
import { readAttachmentSet } from '../attachment-set';
import { command } from '../command';
import { convergeSet } from '../converge';
import { EXIT } from '../exit-codes';
import { JSON_FLAG } from '../options';
import { withHandler } from '../with-handler';

export const convergeCommand = command({
  name: COMMAND.converge,
  summary: 'attaches a set of vNICs to their instances, all at once',
  description: [
    'Brings every attachment of a set to attached in one process: what is free is attached, what is attached already is ' +
      'adopted, and a vNIC that another instance holds is left alone and reported. One failure does not stop the others. ' +
      'Running it again continues with those that failed.',
    'The set is in ZEC_ATTACHMENTS_1, ZEC_ATTACHMENTS_2 and so on: JSON arrays of objects with nic_id, instance_id, ' +
      'create_timeout and construct. A part may hold as many as fit into one environment variable.',
  ],
  options: { json: JSON_FLAG },
  examples: [
    {
      what: 'Two attachments',
      run: `ZEC_ATTACHMENTS_1='[{"nic_id":"nic-1","instance_id":"ins-1","create_timeout":"5m","construct":"web"},{"nic_id":"nic-2","instance_id":"ins-1","create_timeout":"5m","construct":"db"}]' zec-nic converge`,
    },
  ],
  exitCodes: {
    [EXIT.done]: 'all are attached',
    [EXIT.failed]: 'at least one is not; the error tells of each',
    [EXIT.timedOut]: 'those that failed were all not attached in time',
  },
  usesSettings: true,
  async run({ options: { json } }, session) {
    const set = readAttachmentSet(session.env);
    if (set.length === 0) {
      session.out(
        json ? `${JSON.stringify({ ok: true, attachments: [], elapsedMs: 0 })}\n` : 'no attachments\n',
      );
      return EXIT.done;
    }
    return withHandler(session, {}, (handler) => convergeSet(handler, set, json, session));
  },
});
