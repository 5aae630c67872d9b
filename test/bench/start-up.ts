import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { COMMAND, ENV } from '../../lib/contract';
import { createIdentity } from '../../lib/plugin/certificate';
import { startSimulator } from '../../lib/simulator';
import type { Simulator } from '../../lib/simulator';
import { COOKIE } from '../plugin/host';
import { KEY } from '../simulator/worlds';
import { fleetWorld } from '../support/driven-provider';
import { cpu, exit, firstOutput, wall } from './measure-process';
import type { Command, Until } from './measure-process';
import { scenario } from './scenario';
import type { Figures, Scenario } from './scenario';

const ASSETS = join(__dirname, '..', '..', 'dist', 'assets');
const NODE = process.execPath;

const bareNode: Command = { command: NODE, args: ['-e', '0'] };
const against = 'node -e 0';

type Time = 'wall' | 'cpu';

async function time(command: Command, until: Until): Promise<Figures<Time>> {
  return { wall: await wall(command, until), cpu: await cpu(command, until) };
}

/** From the start of `zec-nic delete`, as Terraform calls it, to the arrival of its first request. */
const zecNic = scenario<Time>({
  name: 'start-up: zec-nic to its first request',
  against,
  metrics: { wall: { unit: 'ms', goal: 1.5 }, cpu: { unit: 'ms', goal: 1.5 } },
  runs: 21,
  prepare: async () => {
    let arrived: () => void = () => undefined;
    // It never responds: only the time to the first request is start-up.
    const server = createServer(() => arrived());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const command = {
      command: NODE,
      args: [join(ASSETS, 'zec-nic', 'zec-nic.js'), 'delete'],
      env: {
        ZEC_NIC_ID: 'nic-1',
        ZEC_INSTANCE_ID: 'ins-1',
        ZENLAYERCLOUD_DOMAIN: `127.0.0.1:${port}`,
        ZENLAYERCLOUD_SCHEME: 'http',
        ZENLAYERCLOUD_ACCESS_KEY_ID: 'bench',
        ZENLAYERCLOUD_ACCESS_KEY_PASSWORD: 'bench-password',
      },
    };
    const firstRequest: Until = (child) =>
      new Promise((resolve, reject) => {
        arrived = resolve;
        child.once('close', () => reject(new Error('zec-nic exited without a request')));
      });
    return {
      baseline: () => time(bareNode, exit),
      subject: () => time(command, firstRequest),
      close: () => {
        server.closeAllConnections();
        server.close();
      },
    };
  },
});

/** `zec-nic delete` of a vNIC that is not attached, as Terraform starts it. */
export function deleteOf({ endpoint }: Simulator): Command {
  return {
    command: NODE,
    args: [join(ASSETS, 'zec-nic', 'zec-nic.js'), COMMAND.delete],
    env: {
      ZENLAYERCLOUD_DOMAIN: new URL(endpoint).host,
      ZENLAYERCLOUD_SCHEME: 'http',
      ZENLAYERCLOUD_ACCESS_KEY_ID: KEY.accessKeyId,
      ZENLAYERCLOUD_ACCESS_KEY_PASSWORD: KEY.accessKeyPassword,
      [ENV.nicId]: 'nic-0',
      [ENV.instanceId]: 'ins-0',
    },
  };
}

/** A whole `zec-nic delete` as Terraform starts it: two reads show that there is nothing to detach. */
const wholeDelete = scenario<Time>({
  name: 'start-up: zec-nic delete to its end',
  against,
  metrics: { wall: { unit: 'ms' }, cpu: { unit: 'ms' } },
  runs: 21,
  prepare: async () => {
    const simulator = await startSimulator({ world: fleetWorld(1, false) });
    const command = deleteOf(simulator);
    return {
      baseline: () => time(bareNode, exit),
      subject: () => time(command, exit),
      close: () => simulator.close(),
    };
  },
});

/** From the start of the provider to its handshake line. */
const provider = scenario<Time>({
  name: 'start-up: provider to its handshake',
  against,
  metrics: { wall: { unit: 'ms', goal: 1.6 }, cpu: { unit: 'ms', goal: 1.6 } },
  runs: 21,
  prepare: () => {
    const command = {
      command: NODE,
      args: [join(ASSETS, 'terraform-provider-zec', 'terraform-provider-zec-node.js')],
      env: { ...COOKIE, PLUGIN_CLIENT_CERT: createIdentity().certificatePem },
    };
    return Promise.resolve({
      baseline: () => time(bareNode, exit),
      subject: () => time(command, firstOutput),
    });
  },
});

export const START_UP: readonly Scenario[] = [zecNic, wholeDelete, provider];
