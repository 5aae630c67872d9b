// Writes docs/commands.md from what --help prints; with --check only says whether it is up to date. Run it with tsx.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { createProgram } from '../lib/cli/program.ts';

const file = fileURLToPath(new URL('../docs/commands.md', import.meta.url));

/** The help text as it is where there is no terminal. */
function helpOf(command) {
  let text = '';
  command.configureOutput({
    writeOut: (part) => {
      text += part;
    },
    getOutHelpWidth: () => 110,
  });
  command.outputHelp();
  return `\`\`\`text\n${text}\`\`\``;
}

const program = createProgram();
const sections = program
  .createHelp()
  .visibleCommands(program)
  .map((command) => `## ${command.name()}\n\n${helpOf(command)}`);
const note = '<!-- Written by "npm run docs:commands" from what --help prints. Change it in lib/cli. -->';
const page = [note, '# Commands of `zec-nic`', helpOf(program), ...sections].join('\n\n');
const wanted = await format(page, { ...(await resolveConfig(file)), parser: 'markdown' });

if (!process.argv.includes('--check')) writeFileSync(file, wanted);
else if (!existsSync(file) || readFileSync(file, 'utf8') !== wanted) {
  console.error('docs/commands.md is not what --help prints. Run "npm run docs:commands".');
  process.exitCode = 1;
}
