import type { TerraformStack } from 'cdktf';
import { Convergence, LocalExecRunner, NicAttachment, ProviderRunner } from '../../lib';
import type { AttachmentRunner } from '../../lib';
import { Deployment } from '../e2e/deployment';
import type { NullProvider } from '../support/null-provider/install';
import { descendants, eventually, isRunning } from '../support/processes';
import { Chance } from './chance';
import { someFaults, someKill, strike } from './fault-injection';
import type { Victim } from './fault-injection';
import { RunLog } from './run-log';
import type { RunnerKind, RunReport } from './run-log';
import type { Attachments } from './verdict';
import { INSTANCES, initialWorld, OURS } from './world';

export type Deployed = Exclude<RunnerKind, 'zec-nic'>;

const CONTEXT: Record<Deployed, Record<string, string>> = {
  provider: { 'zec:runner': 'provider' },
  together: { 'zec:runner': 'provider' },
  terraform_data: { 'zec:carrier': 'terraform_data' },
  null_resource: { 'zec:carrier': 'null_resource' },
};
/** A substring of the arguments of the process that calls the API, and its name in reports. */
const HANDLER: Record<Deployed, readonly [part: string, name: string]> = {
  provider: ['terraform-provider-zec', 'the provider'],
  together: ['terraform-provider-zec', 'the provider'],
  terraform_data: ['zec-nic.js', 'zec-nic'],
  null_resource: ['zec-nic.js', 'zec-nic'],
};
const RUNNERS: Record<Deployed, (stack: TerraformStack) => AttachmentRunner> = {
  provider: (stack) => ProviderRunner.of(stack),
  together: (stack) => new ProviderRunner(stack, 'zec', { convergence: Convergence.TOGETHER }),
  terraform_data: (stack) => LocalExecRunner.of(stack),
  null_resource: (stack) => LocalExecRunner.of(stack),
};
const ROUNDS = 2;

/** A deployment: commands with faults and kills, then commands without, after which the promises are checked. */
export async function deploymentRun(
  seed: number,
  runner: Deployed,
  nullProvider: NullProvider,
): Promise<RunReport> {
  const chance = new Chance(seed, runner);
  const runLog = new RunLog(seed, runner);
  const d = await Deployment.start(initialWorld(chance, seed), CONTEXT[runner], (folder) => {
    if (runner === 'null_resource') nullProvider.install(folder);
  });
  const { cloud } = d.simulator;
  const [part, handler] = HANDLER[runner];
  // A request that hangs times out after two seconds.
  const env = { ZENLAYERCLOUD_CLIENT_TIMEOUT: '2', TMPDIR: d.subfolder('tmp') };

  const plain = async (verb: 'apply' | 'destroy', declared: Attachments): Promise<boolean> => {
    cloud.faults.set([]);
    const { code, output } = await d.terraform([verb, '-auto-approve'], env);
    const after = { cloud, declared, exitCode: code, recorded: d.recorded() };
    return runLog.judge(after, `plain ${verb}`, output);
  };

  /** @returns whether a process was killed */
  const amongFaults = async (verb: string, victims: readonly Victim[]): Promise<boolean> => {
    const faults = someFaults(chance);
    const kill = someKill(chance, victims);
    const patient = chance.happens(0.5);
    runLog.log(`${verb} among ${JSON.stringify({ faults, kill, patient })}`);
    cloud.faults.set(faults);
    const command = await d.start([verb, '-auto-approve'], env);
    const below = new Set<number>();
    const watch = setInterval(() => descendants(command.pid).forEach(({ pid }) => below.add(pid)), 100);
    const hit = kill !== undefined && (await strike(kill, command, cloud, part));
    const { code, output } = await command.finished;
    clearInterval(watch);
    const victim = kill?.victim === 'command' ? 'terraform' : handler;
    runLog.command(code, cloud, hit ? `${kill.signal} of ${victim}` : undefined);
    runLog.log(output.slice(-1500));
    // Retry after a delay or immediately, as users do.
    if (patient)
      await eventually('what was killed leaves nothing running', () => ![...below].some(isRunning), 180_000);
    return hit;
  };

  try {
    let right = true;
    for (let round = 0; round < ROUNDS && right; round++) {
      const nics = chance.some(OURS, chance.between(1, OURS.length));
      const declared = Object.fromEntries(nics.map((nic) => [nic, chance.one(INSTANCES)]));
      // Someone else holds this vNIC: its attachment must fail without affecting the others.
      const contested = chance.happens(0.2) ? { 'nic-8': 'ins-2' } : {};
      runLog.log(`declare ${JSON.stringify({ ...declared, ...contested })}`);
      d.synth(declare(runner, { ...declared, ...contested }));
      const verb = round > 0 && chance.happens(0.3) ? 'destroy' : 'apply';
      let hit = await amongFaults(verb, ['command', 'handler']);
      // The recovery may be interrupted, too, but Terraform is not killed: no carrier survives two such kills in a row.
      if (chance.happens(0.3)) hit = (await amongFaults('apply', ['handler'])) || hit;
      d.synth(declare(runner, declared));
      // Under the provider runner an interrupted create is not in the state: an apply finds the attachment.
      const applies = hit && (runner === 'provider' || runner === 'together') ? true : chance.happens(0.7);
      right = applies ? await plain('apply', declared) : await plain('destroy', {});
    }
    if (right) await plain('destroy', {});
  } finally {
    await d.close();
  }
  return runLog.report();
}

function declare(name: Deployed, attachments: Attachments) {
  return (stack: TerraformStack) => {
    const runner = RUNNERS[name](stack);
    for (const [nicId, instanceId] of Object.entries(attachments)) {
      new NicAttachment(stack, nicId, { nicId, instanceId, runner });
    }
  };
}
