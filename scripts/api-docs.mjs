// Generates API.md from the docstrings of the built package. With --check, only verifies that it is up to date.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Documentation, Language } from 'jsii-docgen';
import { format, resolveConfig } from 'prettier';

const root = fileURLToPath(new URL('..', import.meta.url));
const target = join(root, 'API.md');

const documentation = await Documentation.forProject(root);
const markdown = await documentation.toMarkdown({ language: Language.TYPESCRIPT });
const text = await format(markdown.render(), { ...(await resolveConfig(target)), parser: 'markdown' });
await documentation.cleanup();
if (!process.argv.includes('--check')) {
  writeFileSync(target, text);
} else if (!existsSync(target) || readFileSync(target, 'utf8') !== text) {
  console.error('API.md is out of date. Run "npm run docs".');
  process.exitCode = 1;
}
