import type { Command } from './command';
import { argumentRow, exitRows, optionRows, SETTINGS, usage } from './help';
import type { Row } from './help';

/** A page in docs/commands: its file name and its Markdown, not yet formatted. */
export interface Page {
  readonly file: string;
  readonly markdown: string;
}

const NOTE = '<!-- Written by "npm run docs:commands" from lib/cli/commands. Change it there. -->';

/** A page for each command, in the manner of a manual, and one that leads to them. */
export function commandPages(commands: readonly Command[]): Page[] {
  return [
    {
      file: 'README.md',
      markdown: join([
        '# Commands of `zec-nic`',
        table(
          ['command', 'what it does'],
          commands.map(({ name, summary }) => [`[${name}](${name}.md)`, escaped(summary)]),
        ),
        '`zec-nic help` shows this on the command line, `zec-nic COMMAND --help` a command’s page, and ' +
          '`zec-nic completion` makes your shell know them.',
      ]),
    },
    ...commands.map((command) => ({ file: `${command.name}.md`, markdown: page(command, commands) })),
  ];
}

function page(command: Command, commands: readonly Command[]): string {
  const { name, summary, description, args = {}, examples, usesSettings } = command;
  const options = optionRows(command);
  return join([
    `# zec-nic ${name}`,
    '## Name',
    `\`zec-nic ${name}\`: ${escaped(summary)}`,
    '## Synopsis',
    code(usage(command)),
    ...(description.length === 0 ? [] : ['## Description', ...description.map(escaped)]),
    ...section('## Arguments', ['argument', 'meaning'], Object.entries(args).map(argumentRow).map(asCode)),
    ...section('## Options', ['option', 'meaning'], options.map(asCode)),
    ...(usesSettings === true ? ['## Environment', environment()] : []),
    '## Exit status',
    table(
      ['code', 'meaning'],
      exitRows(command).map(([exit, meaning]) => [exit, escaped(meaning)]),
    ),
    '## Examples',
    ...examples.flatMap((example) => [`${escaped(example.what)}:`, code(example.run)]),
    '## See also',
    commands
      .filter((other) => other.name !== name)
      .map((other) => `[${other.name}](${other.name}.md)`)
      .join(', '),
  ]);
}

function environment(): string {
  return `${table(
    ['settings, the first found wins', 'what it is'],
    SETTINGS.map(([names, what]) => [codes(names), escaped(what)]),
  )}

\`NO_COLOR\` turns colours off, \`FORCE_COLOR\` turns them on where there is no terminal, and \`COLUMNS\` gives the width there.`;
}

function section(title: string, head: Row, rows: readonly Row[]): string[] {
  return rows.length === 0 ? [] : [title, table(head, rows)];
}

function table(head: Row, rows: readonly Row[]): string {
  return [head, ['---', '---'] as const, ...rows].map(([left, right]) => `| ${left} | ${right} |`).join('\n');
}

function asCode([left, right]: Row): Row {
  return [`\`${left.replaceAll('|', '\\|')}\``, escaped(right)];
}

function codes(names: string): string {
  return names
    .split(', ')
    .map((each) => `\`${each}\``)
    .join(', ');
}

function code(text: string): string {
  return `\`\`\`sh\n${text}\n\`\`\``;
}

function escaped(text: string): string {
  return text.replace(/[|*_<>[\]`~]/g, '\\$&');
}

function join(parts: readonly string[]): string {
  return `${[NOTE, ...parts].join('\n\n')}\n`;
}
