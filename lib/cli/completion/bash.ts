import type { Command } from '../command';
import { COMMON, flagName } from '../options';
import type { Completion, Option } from '../options';

/** A completion script for bash 3.2 or newer; it needs nothing else. */
export function bashCompletion(commands: readonly Command[]): string {
  const names = commands.map(({ name }) => name).join(' ');
  return `# Completion of zec-nic for bash. To load it: source <(zec-nic completion bash)
_zec_nic() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} options= words= files=
  # Bash takes the "=" of --option=value for a word of its own.
  if [[ $cur == = ]]; then
    cur=
  elif [[ $prev == = ]]; then
    prev=\${COMP_WORDS[COMP_CWORD-2]}
  fi
  COMPREPLY=()
  if (( COMP_CWORD == 1 )); then
    COMPREPLY=($(compgen -W '${names} --help --version' -- "$cur"))
    return
  fi
  case \${COMP_WORDS[1]} in
${commands.map((command) => branch(command, names)).join('\n')}
    *) return ;;
  esac
  if [[ -n $files ]]; then
    local IFS=$'\\n'
    COMPREPLY=($(compgen -f -- "$cur"))
    compopt -o filenames 2>/dev/null
    [[ $cur != -* ]] && return
    IFS=$' \\t\\n'
  fi
  COMPREPLY+=($(compgen -W "$words$options" -- "$cur"))
}
complete -F _zec_nic zec-nic
`;
}

function branch({ name, options, args = {} }: Command, names: string): string {
  const all = Object.entries({ ...options, ...COMMON });
  const values = all
    .filter(([, option]) => option.value !== undefined && option.implied === undefined)
    .map(([key, option]) => `        ${flagName(key)}) ${offer(option.complete, names)} ;;`);
  const fallback = [
    ...Object.values(args).map(({ complete }) => offer(complete, names)),
    `options=' ${all.map(([key]) => flagName(key)).join(' ')}'`,
  ];
  return `    ${name})
      case $prev in
${[...values, `        *) ${fallback.filter((each) => each !== ':').join('; ')} ;;`].join('\n')}
      esac
      ;;`;
}

/** What sets up the answer; `:` where nobody can know the value. */
function offer(complete: Option['complete'], names: string): string {
  if (complete === undefined) return ':';
  return complete === 'files' ? 'files=1' : `words='${wordsOf(complete, names)}'`;
}

function wordsOf(complete: Exclude<Completion, 'files'>, names: string): string {
  return complete === 'commands' ? names : complete.join(' ');
}
