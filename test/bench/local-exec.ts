import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { NicAttachment } from '../../lib';
import { Deployment } from '../e2e/deployment';
import { cpu, exit, wall } from './measure-process';
import type { Command } from './measure-process';
import { scenario } from './scenario';
import type { Figures, Scenario } from './scenario';

const COUNT = 50;
const IDS = Array.from({ length: COUNT }, (_, n) => ({ nicId: `nic-${n}`, instanceId: `ins-${n >> 2}` }));

/** The provisioner of a baseline: a no-op in a shell or in Node. */
const EMPTY: Readonly<Record<string, object>> = {
  'empty local-exec, sh': { interpreter: ['sh', '-c'], command: ':' },
  'empty local-exec, node -e 0': { interpreter: ['node', '-e'], command: '0' },
};

type Each = 'wall' | 'cpu';

/** The duration of an apply in a folder without state, in milliseconds per resource. */
async function apply(command: Command, forget: () => void | Promise<void>): Promise<Figures<Each>> {
  await forget();
  const wallMs = await wall(command, exit);
  await forget();
  const cpuMs = await cpu(command, exit);
  return { wall: wallMs / COUNT, cpu: cpuMs / COUNT };
}

function compare(against: string, provisioner: object): Scenario {
  return scenario<Each>({
    name: `local-exec: create of ${COUNT}`,
    against,
    metrics: { wall: { unit: 'ms each', goal: 2 }, cpu: { unit: 'ms each', goal: 2 } },
    runs: 5,
    slow: true,
    prepare: async () => {
      const deployment = await Deployment.start(
        {
          instances: [...new Set(IDS.map(({ instanceId }) => instanceId))].map((instanceId) => ({
            instanceId,
          })),
          nics: IDS.map(({ nicId }) => ({ nicId })),
          settings: { attachMs: [0, 0], detachMs: [0, 0], rateLimitPerSecond: 0 },
        },
        { 'zec:carrier': 'terraform_data' },
      );
      deployment.synth((stack) => {
        for (const ids of IDS) new NicAttachment(stack, ids.nicId, ids);
      });
      await deployment.initialize();
      const baseline = await emptyLocalExecs(deployment, provisioner);
      const terraform = (cwd: string): Command => ({
        command: 'terraform',
        args: ['apply', '-auto-approve', '-input=false', '-no-color'],
        cwd,
        env: deployment.environment,
      });
      const forgetState = (folder: string) => rmSync(join(folder, 'terraform.tfstate'), { force: true });
      const free = async () => {
        forgetState(deployment.directory);
        await fetch(new URL('/_sim/reset', deployment.simulator.endpoint), { method: 'POST' });
      };
      return {
        baseline: () => apply(terraform(baseline), () => forgetState(baseline)),
        subject: () => apply(terraform(deployment.directory), free),
        close: () => deployment.close(),
      };
    },
  });
}

/** A folder with the same number of `terraform_data`, each of which runs `provisioner`. */
async function emptyLocalExecs(deployment: Deployment, provisioner: object): Promise<string> {
  const folder = join(deployment.folder, 'baseline');
  mkdirSync(folder);
  const configuration = {
    resource: {
      terraform_data: {
        empty: {
          for_each: Object.fromEntries(IDS.map(({ nicId }) => [nicId, nicId])),
          triggers_replace: '${each.value}',
          provisioner: [{ 'local-exec': provisioner }],
        },
      },
    },
  };
  writeFileSync(join(folder, 'main.tf.json'), JSON.stringify(configuration));
  await deployment.at(folder).initialize();
  return folder;
}

export const LOCAL_EXEC: readonly Scenario[] = Object.entries(EMPTY).map(([against, provisioner]) =>
  compare(against, provisioner),
);
