import type { Command, Option } from 'commander';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;

/** A script that makes a shell complete commands, options, and values of which there are a few; all else is files. */
export function completionScript(shell: (typeof SHELLS)[number], program: Command): string {
  const commands = program.createHelp().visibleCommands(program);
  if (shell === 'fish') return fish(commands);
  const script = bash(commands);
  return shell === 'zsh' ? `autoload -U +X bashcompinit && bashcompinit\n${script}` : script;
}

function bash(commands: readonly Command[]): string {
  const names = commands.map((command) => command.name()).join(' ');
  const cases = commands.flatMap((command) => {
    const values = command.options
      .filter(({ required }) => required)
      .map(({ long, argChoices = [] }) => [long ?? '', argChoices] as const);
    const offered = [...argumentChoices(command, names), ...command.options.map(({ long }) => long ?? '')];
    return [...values, ['', [...offered, '--help']] as const].map(
      ([previous, words]) =>
        `    '${command.name()} ${previous}'${previous === '' ? '*' : ''}) words='${words.join(' ')}' ;;`,
    );
  });
  return `_zec_nic() {
  local cur=\${COMP_WORDS[COMP_CWORD]} words=
  case "\${COMP_WORDS[1]} \${COMP_WORDS[COMP_CWORD-1]}" in
${cases.join('\n')}
  esac
  (( COMP_CWORD == 1 )) && words='${names} --help --version'
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -o default -F _zec_nic zec-nic
`;
}

function fish(commands: readonly Command[]): string {
  const names = commands.map((command) => command.name()).join(' ');
  const lines = commands.flatMap((command) => {
    const choices = argumentChoices(command, names).join(' ');
    const here = `complete -c zec-nic -n '__fish_seen_subcommand_from ${command.name()}'`;
    return [
      `complete -c zec-nic -f -n __fish_use_subcommand -a ${command.name()} -d ${quoted(command.summary())}`,
      ...(choices === '' ? [] : [`${here} -f -a '${choices}'`]),
      ...command.options.map((option) => `${here} ${fishOption(option)} -d ${quoted(option.description)}`),
    ];
  });
  return `${lines.join('\n')}\n`;
}

function fishOption({ long = '', required, argChoices }: Option): string {
  const value = argChoices === undefined ? ' -rF' : ` -xa '${argChoices.join(' ')}'`;
  return `-l ${long.slice(2)}${required ? value : ''}`;
}

/** `help` takes the name of a command. */
function argumentChoices(command: Command, names: string): readonly string[] {
  const [argument] = command.registeredArguments;
  return argument?.argChoices ?? (command.name() === 'help' ? names.split(' ') : []);
}

function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}
