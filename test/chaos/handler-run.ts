import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { startSimulator } from '../../lib/simulator';
import { KEY } from '../simulator/worlds';
import { start } from '../support/processes';
import { Chance } from './chance';
import { COMPILE_CACHE } from './compile-cache';
import { IMPATIENT, interrupt, someFaults, someKill, someOutage, strike } from './fault-injection';
import { Gateway } from './gateway';
import { RunLog } from './run-log';
import type { RunReport } from './run-log';
import { FOREIGN, INSTANCES, initialWorld } from './world';

const BUNDLE = resolve(__dirname, '../../dist/assets/zec-nic/zec-nic.js');

/** `zec-nic` without Terraform: each attachment is created and deleted with faults and kills, then once more without. */
export async function handlerRun(seed: number): Promise<RunReport> {
  const chance = new Chance(seed, 'zec-nic');
  const runLog = new RunLog(seed, 'zec-nic');
  const simulator = await startSimulator({ world: { ...initialWorld(chance, seed), credentials: [KEY] } });
  const { cloud } = simulator;
  const gateway = await Gateway.start(simulator.endpoint);
  const home = mkdtempSync(join(tmpdir(), 'zec-chaos-'));
  const env = {
    HOME: home,
    TMPDIR: home,
    ...COMPILE_CACHE,
    ZENLAYERCLOUD_DOMAIN: gateway.domain,
    ZENLAYERCLOUD_SCHEME: 'http',
    ZENLAYERCLOUD_ACCESS_KEY_ID: KEY.accessKeyId,
    ZENLAYERCLOUD_ACCESS_KEY_PASSWORD: KEY.accessKeyPassword,
  };
  const begin = (verb: string, nicId: string, instanceId: string, more = {}) => {
    const args = [BUNDLE, verb, '--nic-id', nicId, '--instance-id', instanceId, '--timeout', '60s'];
    return start(process.execPath, args, { env: { ...env, ...more }, cwd: home });
  };
  const declared: Record<string, string> = {};
  try {
    for (const nicId of ['nic-1', 'nic-2', ...(chance.happens(0.3) ? ['nic-8'] : [])]) {
      const instanceId = chance.one(INSTANCES);
      for (const verb of ['create', chance.one(['create', 'delete'])]) {
        const faults = someFaults(chance);
        const kill = someKill(chance, ['command']);
        const outage = someOutage(chance);
        runLog.log(`${verb} ${nicId} ${instanceId} ${JSON.stringify({ faults, kill, outage })}`);
        cloud.faults.set(faults);
        const command = begin(verb, nicId, instanceId, IMPATIENT);
        const interruption = outage && interrupt(outage, command, cloud, gateway);
        const hit = kill !== undefined && (await strike(kill, command, cloud, ''));
        const { code } = await command.finished;
        if (await interruption) runLog.count('outage');
        runLog.command(code, cloud, hit ? `${kill.signal} of zec-nic` : undefined);
      }
      const last = nicId in FOREIGN ? 'delete' : chance.one(['create', 'delete']);
      cloud.faults.set([]);
      const { code, output } = await begin(last, nicId, instanceId).finished;
      if (last === 'create') declared[nicId] = instanceId;
      runLog.judge(
        { cloud, declared, exitCode: code, recorded: undefined },
        `plain ${last} ${nicId}`,
        output,
      );
    }
  } finally {
    await gateway.close();
    await simulator.close();
    rmSync(home, { recursive: true, force: true });
  }
  return runLog.report();
}
