import { command } from '../command';
import { bashCompletion } from '../completion/bash';
import { fishCompletion } from '../completion/fish';
import { zshCompletion } from '../completion/zsh';
import { EXIT } from '../exit-codes';
import { choice, required } from '../options';

const SCRIPTS = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion } as const;

export const completionCommand = command({
  name: 'completion',
  summary: 'a script that lets your shell complete commands and options',
  description: [
    'Prints the script; load it in the start-up file of your shell. It is made of the same definitions as this text.',
  ],
  args: {
    shell: required(choice('shell', ['bash', 'zsh', 'fish'], { value: 'SHELL', help: 'bash, zsh or fish' })),
  },
  options: {},
  examples: [
    { what: 'In ~/.bashrc', run: 'source <(zec-nic completion bash)' },
    { what: 'In ~/.zshrc, after compinit', run: 'source <(zec-nic completion zsh)' },
    { what: 'In ~/.config/fish/config.fish', run: 'zec-nic completion fish | source' },
  ],
  exitCodes: { [EXIT.done]: 'printed' },
  async run({ args: { shell } }, session) {
    session.out(SCRIPTS[shell](await session.commands()));
    return EXIT.done;
  },
});
