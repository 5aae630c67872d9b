import type { Command } from '../command';
import { COMMON, flagName } from '../options';
import type { Option } from '../options';

/** A completion script for zsh, to be loaded or put into a folder of \`fpath\`. */
export function zshCompletion(commands: readonly Command[]): string {
  return `#compdef zec-nic
# Completion of zec-nic for zsh. To load it: source <(zec-nic completion zsh)
_zec_nic_commands() {
  local -a commands=(
${commands.map(({ name, summary }) => `    ${quoted(`${name}:${summary}`)}`).join('\n')}
  )
  _describe -t commands command commands
}
_zec_nic() {
  local curcontext=$curcontext state line
  _arguments -C '1: :_zec_nic_commands' '*:: :->arguments'
  [[ $state == arguments ]] || return
  case $words[1] in
${commands.map(branch).join('\n')}
  esac
}
if [[ $funcstack[1] == _zec_nic ]]; then
  _zec_nic "$@"
else
  compdef _zec_nic zec-nic
fi
`;
}

function branch({ name, options, args = {} }: Command): string {
  const specs = [
    ...Object.entries({ ...options, ...COMMON }).flatMap(([key, option]) => optionSpecs(key, option)),
    ...Object.entries(args).map(
      ([key, argument], index) => `${index + 1}:${message(argument.value ?? key)}:${action(argument)}`,
    ),
  ];
  return `    ${name}) _arguments -s ${specs.map(quoted).join(' ')} ;;`;
}

function optionSpecs(key: string, option: Option): string[] {
  const { help, value, implied, short } = option;
  const about = `[${help.replace(/[[\]]/g, '\\$&')}]`;
  const taken =
    value === undefined ? '' : `${implied === undefined ? ':' : '::'}${message(value)}:${action(option)}`;
  const name = `${flagName(key)}${value === undefined ? '' : implied === undefined ? '=' : '=-'}`;
  return [`${name}${about}${taken}`, ...(short === undefined ? [] : [`-${short}${about}${taken}`])];
}

function action({ complete }: Option): string {
  if (complete === undefined) return ' ';
  if (complete === 'files') return '_files';
  return complete === 'commands' ? '_zec_nic_commands' : `(${complete.join(' ')})`;
}

function message(text: string): string {
  return text.replaceAll(':', '\\:');
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
