import { command } from '../command';
import { EXIT } from '../exit-codes';
import { generalHelp, helpText } from '../help';
import { JSON_FLAG, text } from '../options';
import { forMachines } from '../table-json';

export const helpCommand = command({
  name: 'help',
  summary: 'what there is, or how one command works',
  description: [],
  args: { command: text({ value: 'COMMAND', help: 'the command to describe', complete: 'commands' }) },
  options: { json: JSON_FLAG },
  examples: [
    { what: 'All commands', run: 'zec-nic help' },
    { what: 'One of them', run: 'zec-nic help create' },
  ],
  exitCodes: { [EXIT.done]: 'shown' },
  async run({ options, args }, session) {
    const commands = await session.commands();
    const one = commands.find(({ name }) => name === args.command);
    if (options.json) session.out(`${JSON.stringify(forMachines(one === undefined ? commands : [one]))}\n`);
    else session.out(one === undefined ? generalHelp(commands) : helpText(one));
    return EXIT.done;
  },
});
