// Writes docs/commands from the command table; with --check only says whether it is up to date. Run it with tsx.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import pages from '../lib/cli/pages.ts';
import table from '../lib/cli/table.ts';

const folder = fileURLToPath(new URL('../docs/commands/', import.meta.url));
const wanted = new Map();
for (const { file, markdown } of pages.commandPages(await table.loadAll())) {
  const options = await resolveConfig(join(folder, file));
  wanted.set(file, await format(markdown, { ...options, parser: 'markdown' }));
}
const present = existsSync(folder) ? readdirSync(folder) : [];
const extra = present.filter((file) => !wanted.has(file));
const stale = [...wanted].filter(
  ([file, text]) => !present.includes(file) || readFileSync(join(folder, file), 'utf8') !== text,
);

if (!process.argv.includes('--check')) {
  mkdirSync(folder, { recursive: true });
  for (const file of extra) rmSync(join(folder, file));
  for (const [file, text] of stale) writeFileSync(join(folder, file), text);
} else if (stale.length > 0 || extra.length > 0) {
  const files = [...stale.map(([file]) => file), ...extra].join(', ');
  console.error(`docs/commands is not what the command table says (${files}). Run "npm run docs:commands".`);
  process.exitCode = 1;
}
