import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { App, LocalBackend, TerraformStack } from 'cdktf';
import { Convergence, LocalExecRunner, NicAttachment, ProviderRunner } from '../../lib';
import type { AttachmentRunner } from '../../lib';
import { ZecClient } from '../../lib/zec/client';
import { parseNicId } from '../../lib/zec/ids';
import { resolveSettings } from '../../lib/zec/settings';
import { KEY } from '../simulator/worlds';
import { eventually, run, start } from '../support/processes';
import { TERRAFORM } from '../support/terraform';
import { ProcessSamples } from './process-samples';

// Pipelines of one user deploy, move, review and destroy attachments for a long time in one simulated account. The memory
// of each kind of process must not grow from quarter to quarter, and nothing may be left.

const USAGE =
  'npm run soak -- [--minutes 60] [--pipelines 24] [--pause 0]: --pause is the mean time in seconds between two cycles of a pipeline';
const ZEC_NIC = resolve(__dirname, '../../dist/assets/zec-nic/zec-nic.js');

/** Peaks of the last quarter of the time, relative to the second. The first warms up. */
const MAX_GROWTH = 1.15;
const MAX_ADDITIONAL_DESCRIPTORS = 2;
/** In which processes share the rate limit and their requests. Old files are deleted by later processes. */
const SHARED = /^zec-nic-\d+\//;
const MAX_SHARED_FILES_PER_NIC = 7;
const PROGRESS_INTERVAL_MS = 60_000;

const NICS_PER_PIPELINE = 3;
const TARGETS = ['a', 'b'] as const;
type Target = (typeof TARGETS)[number];

type RunnerOf = (stack: TerraformStack) => AttachmentRunner;
const RUNNERS: readonly RunnerOf[] = [
  (stack) => ProviderRunner.of(stack),
  (stack) => new ProviderRunner(stack, 'zec', { convergence: Convergence.TOGETHER }),
  (stack) => LocalExecRunner.of(stack),
];

/** Each kind of process, and a part of its arguments. The first that matches applies. */
const KINDS = {
  simulator: 'zec-nic.js simulate',
  watch: 'zec-nic.js status',
  provider: 'terraform-provider-zec',
  'zec-nic': 'zec-nic.js',
  terraform: TERRAFORM,
} as const;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '60' },
      pipelines: { type: 'string', default: '24' },
      pause: { type: 'string', default: '0' },
    },
  });
  const minutes = Number(values.minutes);
  const pipelines = Number(values.pipelines);
  const pause = Number(values.pause);
  if (!(minutes > 0) || !Number.isSafeInteger(pipelines) || pipelines < 1 || !(pause >= 0)) {
    process.stderr.write(`${USAGE}\n`);
    process.exitCode = 2;
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), 'zec-soak-'));
  try {
    await soak(folder, { durationMs: minutes * 60_000, pipelines, pauseMs: pause * 1000 });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface SoakOptions {
  readonly durationMs: number;
  readonly pipelines: number;
  readonly pauseMs: number;
}

async function soak(folder: string, { durationMs, pipelines, pauseMs }: SoakOptions): Promise<void> {
  const temporary = join(folder, 'tmp');
  mkdirSync(temporary);
  const world = join(folder, 'world.json');
  writeFileSync(world, JSON.stringify(worldOf(pipelines)));
  const base = { HOME: folder, TMPDIR: temporary, CHECKPOINT_DISABLE: '1', TF_IN_AUTOMATION: '1' };
  const simulator = start(process.execPath, [ZEC_NIC, 'simulate', '--world', world], {
    env: base,
    endsAfterMs: 0,
  });
  await eventually('the simulator listens', () => simulator.output().includes('\n'));
  const { endpoint } = JSON.parse(simulator.output()) as { endpoint: string };
  const env = {
    ...base,
    ZENLAYERCLOUD_DOMAIN: new URL(endpoint).host,
    ZENLAYERCLOUD_SCHEME: 'http',
    ZENLAYERCLOUD_ACCESS_KEY_ID: KEY.accessKeyId,
    ZENLAYERCLOUD_ACCESS_KEY_PASSWORD: KEY.accessKeyPassword,
  };
  const watch = start(process.execPath, [ZEC_NIC, 'status', '--watch'], { env, endsAfterMs: 0 });
  const client = new ZecClient(resolveSettings({ env, homeDir: folder }));

  const startedAt = Date.now();
  const samples = new ProcessSamples(KINDS, startedAt, durationMs);
  const errors: string[] = [];
  let cycles = 0;
  const progress = setInterval(() => {
    const minute = Math.round((Date.now() - startedAt) / 60_000);
    process.stderr.write(`minute ${minute}: ${cycles} cycles, ${errors.length} errors\n`);
  }, PROGRESS_INTERVAL_MS);
  await Promise.all(
    Array.from({ length: pipelines }, async (_, index) => {
      const pipeline = new Pipeline(index, folder, env, client);
      try {
        await pipeline.initialize();
        while (Date.now() - startedAt < durationMs) {
          await pipeline.cycle();
          cycles++;
          await sleep(pauseMs * 2 * Math.random());
        }
      } catch (error) {
        errors.push(`pipeline ${index}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }),
  );
  clearInterval(progress);
  samples.stop();
  await client.close();
  for (const server of [watch, simulator]) {
    server.kill('SIGTERM');
    await server.finished;
  }

  const left = [...leftFiles(temporary, pipelines * NICS_PER_PIPELINE), ...samples.running()];
  const kinds = samples.byKind();
  const grown = kinds.filter(
    ({ growth, additionalDescriptors }) =>
      !(growth <= MAX_GROWTH) || additionalDescriptors > MAX_ADDITIONAL_DESCRIPTORS,
  );
  for (const figures of kinds) process.stdout.write(`${JSON.stringify(figures)}\n`);
  process.stdout.write(
    `${JSON.stringify({ minutes: durationMs / 60_000, pipelines, cycles, left, errors })}\n`,
  );
  if (grown.length + left.length + errors.length > 0) process.exitCode = 1;
}

function worldOf(pipelines: number) {
  const all = Array.from({ length: pipelines }, (_, index) => index);
  return {
    instances: all.flatMap((index) =>
      TARGETS.map((target) => ({
        instanceId: instanceOf(index, target),
        zoneId: 'asia-east-1a',
        status: 'RUNNING',
      })),
    ),
    nics: all.flatMap((index) =>
      nicsOf(index).map((nicId) => ({
        nicId,
        regionId: 'asia-east-1',
        nicType: 'Secondary',
        status: 'AVAILABLE',
      })),
    ),
    credentials: [KEY],
    settings: { attachMs: [200, 1500], detachMs: [200, 1500], describeLagMs: 100 },
  };
}

const instanceOf = (index: number, target: Target) => `ins-${index}-${target}`;
const nicsOf = (index: number) =>
  Array.from({ length: NICS_PER_PIPELINE }, (_, number) => parseNicId(`nic-${index}-${number}`));

/** Deploys, moves, reviews and destroys its own attachments. Each step must succeed, and the cloud must agree. */
class Pipeline {
  private readonly folder: string;
  private readonly runnerOf: RunnerOf;

  public constructor(
    private readonly index: number,
    folder: string,
    private readonly env: Readonly<Record<string, string>>,
    private readonly client: ZecClient,
  ) {
    this.folder = join(folder, `pipeline-${index}`);
    this.runnerOf = RUNNERS[index % RUNNERS.length] ?? ((stack) => ProviderRunner.of(stack));
  }

  public async initialize(): Promise<void> {
    for (const target of TARGETS) {
      mkdirSync(join(this.folder, target), { recursive: true });
      const app = new App({
        outdir: join(this.folder, target),
        context: { 'zec:carrier': 'terraform_data' },
      });
      const stack = new TerraformStack(app, 'soak');
      new LocalBackend(stack, { path: join(this.folder, 'terraform.tfstate') });
      const runner = this.runnerOf(stack);
      for (const nicId of nicsOf(this.index))
        new NicAttachment(stack, nicId, { nicId, instanceId: instanceOf(this.index, target), runner });
      app.synth();
      await this.terraform(target, ['init']);
    }
  }

  public async cycle(): Promise<void> {
    await this.terraform('a', ['apply', '-auto-approve']);
    await this.verify('a');
    await this.terraform('b', ['plan', '-out=plan.bin']);
    const plan = await this.terraform('b', ['show', '-json', 'plan.bin'], false);
    const file = join(this.folder, 'plan.json');
    writeFileSync(file, plan);
    // 11: a move is risky.
    await this.run(process.execPath, [ZEC_NIC, 'review', file], this.folder, 11);
    await this.terraform('b', ['apply', 'plan.bin']);
    await this.verify('b');
    await this.terraform('b', ['plan', '-detailed-exitcode']);
    await this.terraform('b', ['destroy', '-auto-approve']);
    await this.verify(undefined);
  }

  private async verify(target: Target | undefined): Promise<void> {
    const nicIds = nicsOf(this.index);
    const { dataSet } = await this.client.describeNetworkInterfaces({ nicIds, pageSize: nicIds.length });
    const expected = target === undefined ? 'AVAILABLE' : `USED ${instanceOf(this.index, target)}`;
    const found = dataSet.map(({ status, instanceId }) => [status, instanceId].filter(Boolean).join(' '));
    if (found.length !== nicIds.length || found.some((each) => each !== expected))
      throw new Error(`expected ${expected}, but the vNICs are: ${found.join(', ')}`);
  }

  private terraform(target: Target, args: readonly string[], takesInput = true): Promise<string> {
    const [command = '', ...rest] = args;
    const flags = takesInput ? ['-input=false', '-no-color'] : ['-no-color'];
    return this.run(TERRAFORM, [command, ...flags, ...rest], join(this.folder, target, 'stacks/soak'));
  }

  private async run(command: string, args: readonly string[], cwd: string, expected = 0): Promise<string> {
    const { code, stdout, output } = await run(command, args, { cwd, env: this.env });
    if (code !== expected) throw new Error(`${args.join(' ')} exited with ${code}: ${output.slice(-2000)}`);
    return stdout;
  }
}

/** Files and sockets in the temporary folder, apart from those of the shared folder, which has a bounded number. */
function leftFiles(temporary: string, nics: number): string[] {
  const all = readdirSync(temporary, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(temporary, join(entry.parentPath, entry.name)));
  const shared = all.filter((name) => SHARED.test(name));
  return shared.length > nics * MAX_SHARED_FILES_PER_NIC ? all : all.filter((name) => !SHARED.test(name));
}

void main();
