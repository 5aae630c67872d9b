import type { TerraformStack } from 'cdktf';
import { Convergence, LocalExecRunner, NicAttachment, ProviderRunner, WhenStopped } from '../../lib';
import type { AttachmentRunner } from '../../lib';
import { Deployment, unwrap } from '../e2e/deployment';
import type { NullProvider } from '../support/null-provider/install';
import { descendants, eventually, isRunning } from '../support/processes';
import { Chance } from './chance';
import { COMPILE_CACHE } from './compile-cache';
import { IMPATIENT, interrupt, someFaults, someKill, someOutage, strike } from './fault-injection';
import type { Victim } from './fault-injection';
import { Gateway } from './gateway';
import { RunLog } from './run-log';
import type { RunnerKind, RunReport } from './run-log';
import { leftRunning, powerViolations, stopOnly } from './stops';
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

/** What the attachments of a run have in common. */
interface Options {
  readonly runner: Deployed;
  /** Whether a destroy may start instances. */
  readonly starts: boolean;
  /** The attachment that a destroy leaves. Its instance is the same in the whole run. */
  readonly kept: Attachments;
}

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
  const gateway = await Gateway.start(d.simulator.endpoint);
  const env = { ...COMPILE_CACHE, ZENLAYERCLOUD_DOMAIN: gateway.domain, TMPDIR: d.subfolder('tmp') };

  const isProvider = runner === 'provider' || runner === 'together';
  const starts = isProvider && chance.happens(0.5);
  const kept = isProvider && chance.happens(0.5) ? { [chance.one(OURS)]: chance.one(INSTANCES) } : {};
  const options: Options = { runner, starts, kept };
  let stopped: string | undefined;

  const judgePower = (since: number, killed: boolean, text: string): boolean => {
    const requests = cloud.requests().slice(since);
    const output = unwrap(text);
    if (stopped !== undefined && output.includes(leftRunning(stopped))) runLog.count('left running');
    for (const { action, status } of requests) {
      if (status === 200 && /^(Start|Stop)Instances$/.test(action ?? '')) runLog.count(action ?? '');
    }
    const broken = powerViolations({ stopped, world: cloud.world(), requests, output, killed });
    return runLog.violated(broken, cloud, text);
  };

  const plain = async (verb: 'apply' | 'destroy', declared: Attachments): Promise<boolean> => {
    cloud.faults.set([]);
    if (starts) await stopOnly(stopped, cloud);
    const left = Object.entries(kept).filter(
      ([nic, at]) => !(nic in declared) && d.nic(nic) === `USED ${at}`,
    );
    runLog.count('kept', left.length);
    const since = cloud.requests().length;
    const { code, output } = await d.terraform([verb, '-auto-approve'], env);
    const after = {
      cloud,
      declared,
      exitCode: code,
      recorded: d.recorded(),
      kept: Object.fromEntries(left),
    };
    return runLog.judge(after, `plain ${verb}`, output) && judgePower(since, false, output);
  };

  /** @returns whether a process was killed, or `undefined` if a promise is broken */
  const amongFaults = async (verb: string, victims: readonly Victim[]): Promise<boolean | undefined> => {
    const faults = someFaults(chance, starts);
    const kill = someKill(chance, victims);
    // A provider whose Terraform was killed may still stop an instance during the next command.
    const patient = chance.happens(0.5) || starts;
    const outage = someOutage(chance);
    runLog.log(`${verb} among ${JSON.stringify({ faults, kill, outage, patient, stopped })}`);
    cloud.faults.set(faults);
    if (starts) await stopOnly(stopped, cloud);
    const since = cloud.requests().length;
    const command = await d.start([verb, '-auto-approve'], { ...env, ...IMPATIENT });
    const interruption = outage && interrupt(outage, command, cloud, gateway);
    const below = new Set<number>();
    const watch = setInterval(() => descendants(command.pid).forEach(({ pid }) => below.add(pid)), 100);
    const hit = kill !== undefined && (await strike(kill, command, cloud, part));
    const { code, output } = await command.finished;
    clearInterval(watch);
    if (await interruption) runLog.count('outage');
    const victim = kill?.victim === 'command' ? 'terraform' : handler;
    runLog.command(code, cloud, hit ? `${kill.signal} of ${victim}` : undefined);
    runLog.log(output.slice(-1500));
    // Retry after a delay or immediately, as users do.
    if (patient)
      await eventually('what was killed leaves nothing running', () => ![...below].some(isRunning), 180_000);
    const killed = hit && (kill.victim === 'handler' || kill.signal === 'SIGKILL');
    return judgePower(since, killed, output) ? hit : undefined;
  };

  try {
    let right = true;
    for (let round = 0; round < ROUNDS && right; round++) {
      const reserved = Object.values(kept);
      if (starts && round > 0) stopped = chance.one(INSTANCES.filter((id) => !reserved.includes(id)));
      const targets = INSTANCES.filter((id) => id !== stopped);
      const nics = chance.some(OURS, chance.between(1, OURS.length));
      const declared = Object.fromEntries(nics.map((nic) => [nic, kept[nic] ?? chance.one(targets)]));
      // Someone else holds this vNIC: its attachment must fail without affecting the others.
      const contested = chance.happens(0.2) ? { 'nic-8': 'ins-2' } : {};
      runLog.log(`declare ${JSON.stringify({ ...declared, ...contested })}`);
      d.synth(declare(options, { ...declared, ...contested }));
      const verb = round > 0 && chance.happens(0.3) ? 'destroy' : 'apply';
      const first = await amongFaults(verb, ['command', 'handler']);
      // The recovery may be interrupted, too, but Terraform is not killed: no carrier survives two such kills in a row.
      const second =
        first !== undefined && chance.happens(0.3) ? await amongFaults('apply', ['handler']) : false;
      if (first === undefined || second === undefined) return runLog.report();
      d.synth(declare(options, declared));
      // Under the provider runner an interrupted create is not in the state: an apply finds the attachment.
      const applies = isProvider && (first || second) ? true : chance.happens(0.7);
      right = applies ? await plain('apply', declared) : await plain('destroy', {});
    }
    if (starts) stopped = chance.one(INSTANCES);
    if (right) await plain('destroy', {});
  } finally {
    await gateway.close();
    await d.close();
  }
  return runLog.report();
}

function declare({ runner: name, starts, kept }: Options, attachments: Attachments) {
  return (stack: TerraformStack) => {
    const runner = RUNNERS[name](stack);
    for (const [nicId, instanceId] of Object.entries(attachments)) {
      new NicAttachment(stack, nicId, {
        nicId,
        instanceId,
        runner,
        ...(starts && { whenStopped: WhenStopped.START }),
        ...(nicId in kept && { skipDestroy: true }),
      });
    }
  };
}
