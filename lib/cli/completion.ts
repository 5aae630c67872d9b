import type { Command, Option } from 'commander';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;

/** A completion script for commands, options and enumerated values. Everything else completes to file names. */
export function completionScript(shell: (typeof SHELLS)[number], program: Command): string {
  const commands = program.createHelp().visibleCommands(program);
  if (shell === 'fish') return fish(commands);
  const script = bash(commands);
  return shell === 'zsh' ? `autoload -U +X bashcompinit && bashcompinit\n${script}` : script;
}

function bash(commands: readonly Command[]): string {
  const commandNames = commands.map((command) => command.name()).join(' ');
  const cases = commands.flatMap((command) => {
    const values = command.options
      .filter(({ required }) => required)
      .map(({ long, argChoices = [] }) => [long ?? '', argChoices] as const);
    const candidates = [
      ...argumentChoices(command, commandNames),
      ...command.options.map(({ long }) => long ?? ''),
    ];
    return [...values, ['', [...candidates, '--help']] as const].map(
      ([previous, choices]) =>
        `    '${command.name()} ${previous}'${previous === '' ? '*' : ''}) choices='${choices.join(' ')}' ;;`,
    );
  });
  return `_zec_nic() {
  local cur=\${COMP_WORDS[COMP_CWORD]} choices=
  case "\${COMP_WORDS[1]} \${COMP_WORDS[COMP_CWORD-1]}" in
${cases.join('\n')}
  esac
  (( COMP_CWORD == 1 )) && choices='${commandNames} --help --version'
  COMPREPLY=($(compgen -W "$choices" -- "$cur"))
}
complete -o default -F _zec_nic zec-nic
`;
}

function fish(commands: readonly Command[]): string {
  const commandNames = commands.map((command) => command.name()).join(' ');
  const lines = commands.flatMap((command) => {
    const choices = argumentChoices(command, commandNames).join(' ');
    const prefix = `complete -c zec-nic -n '__fish_seen_subcommand_from ${command.name()}'`;
    return [
      `complete -c zec-nic -f -n __fish_use_subcommand -a ${command.name()} -d ${quoted(command.summary())}`,
      ...(choices === '' ? [] : [`${prefix} -f -a '${choices}'`]),
      ...command.options.map((option) => `${prefix} ${fishOption(option)} -d ${quoted(option.description)}`),
    ];
  });
  return `${lines.join('\n')}\n`;
}

function fishOption({ long = '', required, argChoices }: Option): string {
  const value = argChoices === undefined ? ' -rF' : ` -xa '${argChoices.join(' ')}'`;
  return `-l ${long.slice(2)}${required ? value : ''}`;
}

/** Choices of the first argument. `help` takes the name of a command. */
function argumentChoices(command: Command, commandNames: string): readonly string[] {
  const [argument] = command.registeredArguments;
  return argument?.argChoices ?? (command.name() === 'help' ? commandNames.split(' ') : []);
}

function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}
