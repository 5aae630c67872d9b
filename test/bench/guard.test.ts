import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createIdentity } from '../../lib/plugin/certificate';
import { startSimulator } from '../../lib/simulator';
import { COOKIE } from '../plugin/host';
import { fleetWorld } from '../support/driven-provider';
import { exit, firstOutput, wall } from './measure-process';
import type { Command, Until } from './measure-process';
import { deleteOf } from './start-up';

// `npm run bench` measures times. These tests count what takes the time, which does not depend on the load of the machine.

const ASSETS = join(__dirname, '..', '..', 'dist', 'assets');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'guard-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('start-up compiles only what it needs', () => {
  /** The kilobytes of JavaScript that a program loads before its first output on stdout, or up to its end. */
  async function loaded(command: Command, until: Until): Promise<number> {
    const preload = join(folder, 'preload.cjs');
    const list = join(folder, 'loaded.txt');
    writeFileSync(
      preload,
      `const { _extensions } = require('node:module');
const { appendFileSync } = require('node:fs');
const load = _extensions['.js'];
_extensions['.js'] = (module, file) => {
  appendFileSync(${JSON.stringify(list)}, file + '\\n');
  load(module, file);
};
const { stdout } = process;
const { write } = stdout;
stdout.write = (...args) => {
  _extensions['.js'] = load;
  return write.apply(stdout, args);
};`,
    );
    await wall({ ...command, env: { ...command.env, NODE_OPTIONS: `--require=${preload}` } }, until);
    const files = readFileSync(list, 'utf8').trimEnd().split('\n');
    return files.reduce((sum, file) => sum + statSync(file).size, 0) / 1000;
  }

  test('zec-nic delete, as Terraform starts it', async () => {
    const simulator = await startSimulator({ world: fleetWorld(1, false) });
    const command = deleteOf(simulator);
    const kilobytes = await loaded(command, exit).finally(() => simulator.close());
    expect(kilobytes).toBeGreaterThan(100);
    expect(kilobytes).toBeLessThan(440);
  });

  test('the provider, to its handshake', async () => {
    const command = {
      command: process.execPath,
      args: [join(ASSETS, 'terraform-provider-zec', 'terraform-provider-zec-node.js')],
      env: { ...COOKIE, PLUGIN_CLIENT_CERT: createIdentity().certificatePem },
    };
    const kilobytes = await loaded(command, firstOutput);
    expect(kilobytes).toBeGreaterThan(1);
    expect(kilobytes).toBeLessThan(20);
  });
});

describe('synth takes time in proportion to the attachments', () => {
  interface Coverage {
    readonly result: readonly {
      readonly functions: readonly { readonly ranges: readonly { readonly count: number }[] }[];
    }[];
  }

  /** How many functions are called to synthesize a stack. */
  function calls(kind: string, count: number): number {
    const coverage = mkdtempSync(join(folder, 'coverage-'));
    const { PATH, HOME } = process.env;
    execFileSync(process.execPath, [join(__dirname, 'synth-app.mjs'), kind, String(count)], {
      env: { PATH, HOME, NODE_V8_COVERAGE: coverage },
      timeout: 60_000,
    });
    return readdirSync(coverage)
      .map((file) => JSON.parse(readFileSync(join(coverage, file), 'utf8')) as Coverage)
      .flatMap(({ result }) => result.flatMap(({ functions }) => functions))
      .reduce((sum, { ranges }) => sum + (ranges[0]?.count ?? 0), 0);
  }

  let baseline: number;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'guard-'));
    baseline = calls('null', 200) - calls('null', 100);
    rmSync(folder, { recursive: true });
  });

  test.each([
    ['null_resource', 1],
    ['terraform_data', 1],
    ['provider', 2],
  ])('%s: at most %d times the function calls of plain null resources', (kind, bound) => {
    const [small = NaN, medium = NaN, large = NaN] = [100, 200, 300].map((count) => calls(kind, count));
    const [first, second] = [medium - small, large - medium];
    expect(second / first).toBeCloseTo(1, 1);
    expect(second / baseline).toBeLessThan(bound);
  });
});
