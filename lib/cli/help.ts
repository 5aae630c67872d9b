import type { Command } from './command';
import { EXIT, EXIT_MEANINGS } from './exit-codes';
import { COMMON, flagName } from './options';
import type { Option } from './options';
import { wrap } from './wrap';

const WIDTH = 110;

/** Where settings come from, the first found first. */
export const SETTINGS: readonly (readonly [names: string, what: string])[] = [
  ['ZENLAYERCLOUD_ACCESS_KEY_ID, ZENLAYERCLOUD_ACCESS_KEY_PASSWORD', 'the access key'],
  ['ZENLAYER_ACCESS_KEY_ID, ZENLAYER_ACCESS_KEY_SECRET', 'the same, as the vendor’s CLI names it'],
  ['ZENLAYER_TOKEN', 'a bearer token'],
  ['ZENLAYER_PROFILE', 'a profile of ~/.zenlayer/credentials.json'],
  ['ZENLAYERCLOUD_DOMAIN, ZENLAYERCLOUD_SCHEME', 'another endpoint (http only for loopback)'],
  ['ZENLAYERCLOUD_CLIENT_TIMEOUT', 'seconds for one request'],
];

/** The help text of `zec-nic` itself. */
export function generalHelp(commands: readonly Command[]): string {
  return `zec-nic: attaches ZEC vNICs to instances, and waits until both agree

Usage:
${columns(commands.map(({ name, summary }) => [`zec-nic ${name}`, summary]))}
  zec-nic COMMAND --help
  zec-nic --version

Results go to stdout, progress to stderr; --json gives one line of JSON. Ids and timeout may come from
ZEC_NIC_ID, ZEC_INSTANCE_ID and ZEC_TIMEOUT instead.

Settings, the first found wins:
${columns(SETTINGS)}

Colours show on a terminal; NO_COLOR or --no-color turns them off, FORCE_COLOR turns them on elsewhere.

Exit codes:
${columns(generalExitCodes(commands))}
`;
}

/** The help text of one command. */
export function helpText(command: Command): string {
  const { name, summary, description, examples } = command;
  return [
    `zec-nic ${name}: ${summary}`,
    ...description.map((paragraph) => wrap(paragraph, WIDTH)),
    `Usage:\n  ${wrap(usage(command), WIDTH - 4, '    ')}`,
    ...section('Arguments', Object.entries(command.args ?? {}).map(argumentRow)),
    ...section('Options', optionRows(command)),
    `Examples:\n${examples.map((each) => `  # ${each.what}\n  ${each.run}`).join('\n')}`,
    ...section('Exit codes', exitRows(command)),
  ]
    .join('\n\n')
    .concat('\n');
}

/** The command with all it takes, in one line. */
export function usage({ name, args = {}, options }: Command): string {
  const words = [
    ...Object.entries(options).map(([key, option]) => optional(option, withValue(key, option))),
    ...Object.entries(args).map(([key, argument]) => optional(argument, argument.value ?? key)),
  ];
  return ['zec-nic', name, ...words].join(' ');
}

export type Row = readonly [left: string, right: string];

export function argumentRow([key, argument]: readonly [string, Option]): Row {
  return [argument.value ?? key, withDefaults(argument)];
}

/** The options with what they mean, those of every command at the end. */
export function optionRows({ options }: Command): Row[] {
  return Object.entries({ ...options, ...COMMON }).map(([key, option]) => [
    [...(option.short === undefined ? [] : [`-${option.short}`]), withValue(key, option)].join(', '),
    withDefaults(option),
  ]);
}

/** A command's exit codes, with those that mean the same everywhere. */
export function exitRows({ exitCodes }: Command): Row[] {
  const { usage: wrongUsage, interrupted } = EXIT;
  const common = {
    [wrongUsage]: EXIT_MEANINGS[wrongUsage],
    [interrupted]: EXIT_MEANINGS[interrupted],
  };
  return Object.entries({ ...common, ...exitCodes });
}

function generalExitCodes(commands: readonly Command[]): Row[] {
  const used = new Set(commands.flatMap((each) => exitRows(each).map(([code]) => code)));
  return Object.entries(EXIT_MEANINGS).filter(([code]) => used.has(code));
}

function section(title: string, rows: readonly Row[]): string[] {
  return rows.length === 0 ? [] : [`${title}:\n${columns(rows)}`];
}

function columns(rows: readonly Row[]): string {
  const left = Math.max(...rows.map(([name]) => name.length));
  return rows
    .map(([name, what]) => `  ${name.padEnd(left)}   ${wrap(what, WIDTH - left - 5, ' '.repeat(left + 5))}`)
    .join('\n');
}

function withValue(key: string, { value, implied }: Option): string {
  if (value === undefined) return flagName(key);
  return implied === undefined ? `${flagName(key)} ${value}` : `${flagName(key)} [${value}]`;
}

function optional({ required }: Option, word: string): string {
  return required === true ? word : `[${word}]`;
}

function withDefaults({ help, env, default: fallback, implied }: Option): string {
  const notes = [
    ...(env === undefined ? [] : [`or ${env}`]),
    ...(fallback === undefined ? [] : [`${fallback} if not given`]),
    ...(implied === undefined ? [] : [`${implied} if given alone`]),
  ];
  return notes.length === 0 ? help : `${help} (${notes.join('; ')})`;
}
