import { driftJson, driftMarkdown, driftOf, driftText, readInventory } from '../../review';
import { readState } from '../../terraform';
import { command } from '../command';
import type { Session } from '../command';
import { EXIT } from '../exit-codes';
import { readInput } from '../input';
import { choice, flag, text, withDefault } from '../options';
import { painter } from '../screen';
import { showState, stackFolder, terraformProgram } from '../terraform-show';
import { UsageError } from '../usage-error';
import { asUsage, withClient } from '../with-client';

const FORMATS = ['text', 'markdown', 'json'] as const;

export const driftCommand = command({
  name: 'drift',
  summary: 'where the cloud has drifted from what Terraform has on record',
  description: [
    'Compares the attachments in a state with the API: in sync, detached, moved to another instance, vNIC or instance ' +
      'gone, changing, tainted, or unfinished. It sees what the plans of the local-exec runner cannot. Changes nothing, ' +
      'and prints the command that repairs each, for sh, bash, zsh and fish.',
    'STATE is what "terraform show -json" writes. With --stack it runs that itself, in the folder of the stack.',
  ],
  args: {
    state: text({ value: 'STATE', help: 'a file with the state as JSON, or - for stdin', complete: 'files' }),
  },
  options: {
    stack: text({ value: 'STACK', help: 'the name of a synthesized stack, or its folder, instead of STATE' }),
    format: withDefault(choice('format', FORMATS, { help: 'how to show it' }), 'text'),
    json: flag('the same as --format json'),
  },
  examples: [
    { what: 'A stack of the app in this folder', run: 'zec-nic drift --stack network' },
    { what: 'A state from elsewhere', run: 'terraform show -json | zec-nic drift -' },
    {
      what: 'The commands that repair everything',
      run: `zec-nic drift --stack network --json | jq -r '.attachments[].repair.commands[]?.shell'`,
    },
  ],
  exitCodes: {
    [EXIT.done]: 'every attachment is as on record',
    [EXIT.drifted]: 'at least one is not, or could not be checked',
    [EXIT.failed]: 'the API could not be asked',
  },
  usesSettings: true,
  async run({ args, options: { stack, format, json } }, session) {
    const { bytes, directory, name } = await input(args.state, stack, session);
    const records = asUsage(name, () => readState(bytes));
    const endpoints = records.map((each) => each.endpoints);
    const inventory = await withClient(session, '', (client) =>
      readInventory(client, endpoints, { signal: session.signal }),
    );
    const drift = driftOf(records, inventory, { terraform: terraformProgram(session), directory });
    switch (json ? 'json' : format) {
      case 'text':
        session.out(driftText(drift, painter(session.screen)));
        break;
      case 'markdown':
        session.out(driftMarkdown(drift));
        break;
      case 'json':
        session.out(`${driftJson(drift)}\n`);
        break;
    }
    return drift.drifted ? EXIT.drifted : EXIT.done;
  },
});

async function input(path: string | undefined, stack: string | undefined, session: Session) {
  if ((path === undefined) === (stack === undefined)) {
    throw new UsageError('drift needs either STATE, a file or -, or --stack STACK');
  }
  if (stack !== undefined) {
    const directory = stackFolder(stack);
    return { bytes: await showState(session, directory), directory, name: directory };
  }
  return { bytes: await readInput(path ?? '-', session.signal), directory: undefined, name: path ?? '-' };
}
