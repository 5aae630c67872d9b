import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cloud } from '../../lib/simulator';
import { MAX_LOGGED_REQUESTS } from '../../lib/simulator';
import type { Deployment } from '../e2e/deployment';
import type { Figures } from './scenario';

type Command = 'create' | 'destroy';
type Requests<C extends Command, Change extends string> =
  `${C}, all` | `${C}, ${Change}` | `${C}, vNIC reads` | `${C}, instance reads`;
/** Seconds, and requests by action. */
export type StackFigure = Command | Requests<'create', 'attach'> | Requests<'destroy', 'detach'>;

/** When a command is complete: when the simulator's vNICs are as declared, or when Terraform has exited as well. */
type Until = 'cloud agrees' | 'terraform ends';

interface Ids {
  readonly nicId: string;
  readonly instanceId: string;
}

const PER_INSTANCE = 5;

export function attachmentsOf(count: number): readonly Ids[] {
  return Array.from({ length: count }, (_, at) => ({
    nicId: `nic-${at}`,
    instanceId: `ins-${Math.floor(at / PER_INSTANCE)}`,
  }));
}

/** Writes a stack with one resource of the vendor's provider for each attachment. */
export function writeVendorStack(
  directory: string,
  source: string,
  version: string,
  attachments: readonly Ids[],
): void {
  const resources = attachments.map(({ nicId, instanceId }) => [
    nicId,
    { vnic_id: nicId, instance_id: instanceId },
  ]);
  const configuration = {
    terraform: { required_providers: { zenlayercloud: { source, version } } },
    resource: { zenlayercloud_zec_vnic_attachment: Object.fromEntries(resources) as object },
  };
  writeFileSync(join(directory, 'main.tf.json'), JSON.stringify(configuration));
}

/** A stack that is applied and destroyed, with the duration and the requests of both. */
export class TimedStack {
  private readonly cloud: Cloud;

  public constructor(
    private readonly deployment: Deployment,
    private readonly until: Until,
  ) {
    this.cloud = deployment.simulator.cloud;
  }

  public async applyAndDestroy(): Promise<Figures<StackFigure>> {
    this.cloud.reset();
    const created = await this.timed('apply', 'USED');
    const destroyed = await this.timed('destroy', 'AVAILABLE');
    return {
      create: created.seconds,
      'create, all': created.all,
      'create, attach': created.changes,
      'create, vNIC reads': created.nicReads,
      'create, instance reads': created.instanceReads,
      destroy: destroyed.seconds,
      'destroy, all': destroyed.all,
      'destroy, detach': destroyed.changes,
      'destroy, vNIC reads': destroyed.nicReads,
      'destroy, instance reads': destroyed.instanceReads,
    };
  }

  private async timed(command: 'apply' | 'destroy', status: 'USED' | 'AVAILABLE') {
    const { cloud, deployment } = this;
    const seen = cloud.requests().length;
    if (seen > MAX_LOGGED_REQUESTS / 2) throw new Error('more requests than the log can contain');
    const startedAt = Date.now();
    const { code, output } = await deployment.terraform([command, '-auto-approve']);
    if (code !== 0) throw new Error(`terraform ${command} exited with ${code}:\n${output}`);
    const endedAt = Date.now();
    const actions = cloud
      .requests()
      .slice(seen)
      .map(({ action }) => action);
    const of = (action: string) => actions.filter((each) => each === action).length;
    const agreedAt = await this.agreement(status);
    if (this.until === 'terraform ends' && agreedAt > endedAt)
      throw new Error(`terraform ${command} exited before the cloud was in its final state`);
    return {
      seconds: ((this.until === 'cloud agrees' ? agreedAt : endedAt) - startedAt) / 1000,
      all: actions.length,
      changes: of('AttachNetworkInterface') + of('DetachNetworkInterface'),
      nicReads: of('DescribeNetworkInterfaces'),
      instanceReads: of('DescribeInstances'),
    };
  }

  /** Waits until every vNIC has the status in the simulator, without a request. @returns the time of the last change */
  private async agreement(status: string): Promise<number> {
    while (!this.cloud.world().nics.every((nic) => nic.status === status))
      await new Promise((resolve) => setTimeout(resolve, 100));
    const times = this.cloud.events().map(({ time }) => Date.parse(time));
    return Math.max(...times);
  }
}
