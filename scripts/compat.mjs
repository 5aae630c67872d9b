// Runs tests with other versions of Terraform and OpenTofu, and prints a table of the results:
//   npm run compat -- --terraform /opt/terraform-1.5.7 --terraform tofu [jest path…]
// The default path is the end-to-end suite.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  options: { terraform: { type: 'string', multiple: true, default: ['terraform'] } },
  allowPositionals: true,
});
const paths = positionals.length === 0 ? ['test/e2e'] : positionals;
const folder = mkdtempSync(join(tmpdir(), 'compat-'));

function versionOf(program) {
  const env = { ...process.env, CHECKPOINT_DISABLE: '1' };
  const { stdout } = spawnSync(program, ['version'], { env, encoding: 'utf8' });
  return /^(?:Terraform|OpenTofu) v\S+/m.exec(stdout ?? '')?.[0].replace(' v', ' ');
}

function resultOf(program, index) {
  const file = join(folder, `${index}.json`);
  spawnSync('npx', ['jest', ...paths, '--json', `--outputFile=${file}`], {
    env: { ...process.env, TERRAFORM_BINARY_NAME: program },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (!existsSync(file)) return { result: 'jest failed', failed: [] };
  const { numPassedTests, numPendingTests, testResults } = JSON.parse(readFileSync(file, 'utf8'));
  const failed = testResults.flatMap(({ name, status, assertionResults }) => {
    const tests = assertionResults.filter((test) => test.status === 'failed').map((test) => test.fullName);
    return status === 'failed' && tests.length === 0 ? [name] : tests;
  });
  return { result: `${numPassedTests} passed, ${failed.length} failed, ${numPendingTests} skipped`, failed };
}

const rows = values.terraform.map((name, index) => {
  const program = name.includes('/') ? resolve(name) : name;
  const version = versionOf(program);
  const { result, failed } =
    version === undefined ? { result: 'cannot be run', failed: [name] } : resultOf(program, index);
  return { version: version ?? name, result, failed, date: new Date().toISOString().slice(0, 10) };
});
rmSync(folder, { recursive: true, force: true });

const cells = [
  ['version', 'result', 'date'],
  ...rows.map(({ version, result, date }) => [version, result, date]),
];
const widths = [0, 1, 2].map((column) => Math.max(...cells.map((row) => row[column].length)));
const line = (row, fill = ' ') =>
  `| ${row.map((cell, column) => cell.padEnd(widths[column], fill)).join(' | ')} |`;
console.log([line(cells[0]), line(['', '', ''], '-'), ...cells.slice(1).map((row) => line(row))].join('\n'));
for (const { version, failed } of rows) for (const test of failed) console.log(`${version}: FAILED ${test}`);
process.exitCode = rows.some(({ failed, result }) => failed.length > 0 || result === 'jest failed') ? 1 : 0;
