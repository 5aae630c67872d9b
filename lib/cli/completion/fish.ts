import type { Command } from '../command';
import { COMMON, flagName } from '../options';
import type { Option } from '../options';

/** A completion script for fish 3 or newer. */
export function fishCompletion(commands: readonly Command[]): string {
  const names = commands.map(({ name }) => name).join(' ');
  const lines = commands.flatMap(({ name, summary, options, args = {} }) => {
    const here = `complete -c zec-nic -n '__fish_seen_subcommand_from ${name}'`;
    return [
      `complete -c zec-nic -n '__fish_use_subcommand' -a ${name} -d ${quoted(summary)}`,
      ...Object.entries({ ...options, ...COMMON }).map(
        ([key, option]) => `${here} ${optionWords(key, option, names)} -d ${quoted(option.help)}`,
      ),
      ...Object.values(args).flatMap((argument) => {
        const offered = offer(argument, names);
        return offered === '' ? [] : [`${here} ${offered} -d ${quoted(argument.help)}`];
      }),
    ];
  });
  return `# Completion of zec-nic for fish. To load it: zec-nic completion fish | source
complete -c zec-nic -f
${lines.join('\n')}
`;
}

function optionWords(key: string, option: Option, names: string): string {
  const name = `-l ${flagName(key).slice(2)}${option.short === undefined ? '' : ` -s ${option.short}`}`;
  if (option.value === undefined) return name;
  // One that may stand alone takes its value only after "=".
  const takes = option.implied !== undefined ? '' : option.complete === 'files' ? ' -r' : ' -x';
  const offered = offer(option, names);
  return `${name}${takes}${offered === '' ? '' : ` ${offered}`}`;
}

function offer({ complete }: Option, names: string): string {
  if (complete === undefined) return '';
  if (complete === 'files') return '-F';
  return `-a ${quoted(complete === 'commands' ? names : complete.join(' '))}`;
}

function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}
