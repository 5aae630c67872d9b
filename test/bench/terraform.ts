import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TerraformStack } from 'cdktf';
import { NicAttachment } from '../../lib';
import { MAX_LOGGED_REQUESTS } from '../../lib/simulator';
import { Deployment } from '../e2e/deployment';

/** Time and requests of one Terraform command. */
export interface Cost {
  readonly wallMs: number;
  readonly changes: number;
  readonly describes: number;
}

export interface FleetSettings {
  readonly count: number;
  /** Terraform's `-parallelism`; its own default is 10. */
  readonly parallelism?: number;
  /** A round trip to the API, in milliseconds. */
  readonly latencyMs?: number;
  readonly attachMs?: readonly [number, number] | undefined;
  /** Whether all vNICs are initially attached, and in Terraform's state. */
  readonly attached?: boolean;
}

/** The default duration of an attach, in milliseconds: from, to. */
export const QUICK_ATTACH_MS = [300, 900] as const;

/** The number of vNICs per instance. */
const PER_INSTANCE = 5;

/** `count` attachments under the provider runner, with real Terraform and the simulator. */
export class TerraformFleet {
  private constructor(
    private readonly deployment: Deployment,
    private readonly parallelism: number,
  ) {}

  public static async start({
    count,
    parallelism = 10,
    latencyMs = 0,
    attachMs = QUICK_ATTACH_MS,
    attached = false,
  }: FleetSettings): Promise<TerraformFleet> {
    const ids = Array.from({ length: count }, (_, index) => index);
    const instanceOf = (index: number) => `ins-${Math.floor(index / PER_INSTANCE)}`;
    const deployment = await Deployment.start(
      {
        instances: [...new Set(ids.map(instanceOf))].map((instanceId) => ({ instanceId })),
        nics: ids.map((index) => ({
          nicId: `nic-${index}`,
          ...(attached ? { instanceId: instanceOf(index) } : {}),
        })),
        settings: { attachMs: [...attachMs], detachMs: [...attachMs], latencyMs },
      },
      { 'zec:runner': 'provider' },
    );
    deployment.synth((stack: TerraformStack) => {
      for (const index of ids) {
        new NicAttachment(stack, `a${index}`, { nicId: `nic-${index}`, instanceId: instanceOf(index) });
      }
    });
    await deployment.initialize();
    if (attached) {
      const state = stateOf(ids.map((index) => [`a${index}`, `nic-${index}`, instanceOf(index)]));
      writeFileSync(join(deployment.directory, 'terraform.tfstate'), JSON.stringify(state));
    }
    return new TerraformFleet(deployment, parallelism);
  }

  /** Plans and creates everything. */
  public apply(): Promise<Cost> {
    return this.measured('apply', '-auto-approve');
  }

  /** Plans the unchanged stack: a refresh. */
  public plan(): Promise<Cost> {
    return this.measured('plan');
  }

  public refresh(): Promise<Cost> {
    return this.measured('plan', '-refresh-only');
  }

  /** Refreshes, plans and destroys everything. */
  public destroy(): Promise<Cost> {
    return this.measured('destroy', '-auto-approve');
  }

  public close(): Promise<void> {
    return this.deployment.close();
  }

  private async measured(...args: readonly string[]): Promise<Cost> {
    const { cloud } = this.deployment.simulator;
    const seen = cloud.requests().length;
    const startedAt = performance.now();
    const { code, output } = await this.deployment.terraform([...args, `-parallelism=${this.parallelism}`]);
    const wallMs = performance.now() - startedAt;
    if (code !== 0) throw new Error(`terraform ${args.join(' ')} exited with ${code}:\n${output}`);
    const requests = cloud.requests();
    if (requests.length >= MAX_LOGGED_REQUESTS) throw new Error('more requests than the log can contain');
    const made = requests.slice(seen);
    const describes = made.filter(({ action }) => action?.startsWith('Describe') === true).length;
    return { wallMs, changes: made.length - describes, describes };
  }
}

/** Terraform's state of attachments that an earlier command created. */
function stateOf(attachments: readonly (readonly [name: string, nicId: string, instanceId: string])[]) {
  return {
    version: 4,
    terraform_version: '1.11.4',
    serial: 1,
    lineage: 'bench',
    outputs: {},
    resources: attachments.map(([name, nic_id, instance_id]) => ({
      mode: 'managed',
      type: 'zec_nic_attachment',
      name,
      provider: 'provider["cdktf.internal/zenlayer/zec"]',
      instances: [{ schema_version: 0, attributes: { id: `${nic_id}:${instance_id}`, nic_id, instance_id } }],
    })),
  };
}
