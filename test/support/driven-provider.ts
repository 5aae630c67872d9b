import { join } from 'node:path';
import { schemaType } from '../../lib/plugin/schema';
import type { ObjectValue } from '../../lib/plugin/values';
import { nicAttachmentSchema, writePrivate } from '../../lib/provider/nic-attachment-state';
import type { PrivateState } from '../../lib/provider/nic-attachment-state';
import { nicFilters } from '../../lib/provider/nic-schema';
import { settingsSchema } from '../../lib/provider/settings';
import { startSimulator } from '../../lib/simulator';
import type { Simulator, WorldInput } from '../../lib/simulator';
import { Host, packed, unpacked } from '../plugin/host';
import type { RpcResponse } from '../plugin/host';
import { instance, KEY, nic, world } from '../simulator/worlds';
import { inParallel } from './workers';

const ATTACHMENT = schemaType(nicAttachmentSchema);
const typeName = 'zec_nic_attachment';
const PROVIDER = join(__dirname, '../../dist/assets/terraform-provider-zec/terraform-provider-zec-node.js');
/** The number of vNICs per instance. */
const PER_INSTANCE = 5;

const nothing = (schema: typeof nicAttachmentSchema | typeof settingsSchema): ObjectValue =>
  Object.fromEntries(Object.keys(schema.attributes).map((key) => [key, null]));
const wire = (value: ObjectValue | null) =>
  packed(value === null ? null : { ...nothing(nicAttachmentSchema), ...value });

/** A world of free or attached vNICs, five per instance. */
export function fleetWorld(count: number, attached: boolean, more: Partial<WorldInput> = {}): WorldInput {
  const ids = Array.from({ length: count }, (_, index) => index);
  return world({
    instances: Array.from({ length: Math.ceil(count / PER_INSTANCE) }, (_, index) =>
      instance(`ins-${index}`),
    ),
    nics: ids.map((index) => nic(`nic-${index}`, attached ? { instanceId: instanceOf(index) } : {})),
    ...more,
  });
}

function instanceOf(index: number): string {
  return `ins-${Math.floor(index / PER_INSTANCE)}`;
}

/** The attachment of vNIC `index` of a {@link fleetWorld}, as in Terraform's state. */
export function attachmentOf(index: number): ObjectValue {
  const [nic_id, instance_id] = [`nic-${index}`, instanceOf(index)];
  return { id: `${nic_id}:${instance_id}`, nic_id, instance_id };
}

/** The built provider against a simulator, driven over gRPC with Terraform's calls and concurrency, without Terraform. */
export class DrivenProvider {
  private constructor(
    public readonly simulator: Simulator,
    private host: Host,
    private readonly attachment: (index: number) => ObjectValue,
  ) {}

  /** @param attachment returns the attachment with an index */
  public static async start(input: WorldInput, attachment = attachmentOf): Promise<DrivenProvider> {
    const simulator = await startSimulator({ world: input });
    return new DrivenProvider(simulator, await configured(simulator), attachment);
  }

  /** Starts a new process, as for a new Terraform command. */
  public async restart(): Promise<void> {
    await this.host.close();
    this.host = await configured(this.simulator);
  }

  /** The calls of `terraform plan` for attachments in the state. @returns the new states; null if it no longer exists */
  public refresh(
    indices: readonly number[],
    parallelism: number,
    kept: PrivateState = {},
  ): Promise<(ObjectValue | null)[]> {
    return inParallel(indices, parallelism, async (index) => {
      const currentState = wire(this.attachment(index));
      const request = { typeName, currentState, private: writePrivate(kept) };
      const { newState } = await this.call('ReadResource', request);
      return unpacked(ATTACHMENT, newState) as ObjectValue | null;
    });
  }

  /** The calls of `terraform plan` for new attachments. @returns all warnings and errors */
  public async plan(indices: readonly number[], parallelism: number): Promise<string[]> {
    const responses = await inParallel(indices, parallelism, (index) => this.planned(index));
    return responses.flatMap(({ diagnostics = [] }) => diagnostics.map(({ summary }) => summary));
  }

  /** The calls of `terraform apply` after its plan for new attachments: each is planned again, then created. */
  public async create(indices: readonly number[], parallelism: number): Promise<void> {
    await inParallel(indices, parallelism, async (index) => {
      const { plannedState, plannedPrivate } = await this.planned(index);
      const config = wire(this.configOf(index));
      const request = { typeName, priorState: wire(null), plannedState, plannedPrivate, config };
      succeeded(await this.call('ApplyResourceChange', request));
    });
  }

  public async destroy(indices: readonly number[], parallelism: number): Promise<void> {
    await inParallel(indices, parallelism, async (index) => {
      const priorState = wire(this.attachment(index));
      const request = { typeName, priorState, plannedState: wire(null), config: wire(null) };
      succeeded(await this.call('ApplyResourceChange', request));
    });
  }

  /** The call of `terraform query` with `include_resource`. @returns the states */
  public async list(limit: bigint): Promise<ObjectValue[]> {
    const config = packed(Object.fromEntries(Object.keys(nicFilters).map((key) => [key, null])));
    const request = { typeName, config, limit, includeResourceObject: true };
    const events = await this.host.stream('ListResource', request);
    return events.map(({ resourceObject }) => unpacked(ATTACHMENT, resourceObject) as ObjectValue);
  }

  /** The calls of `terraform plan` for imports by identity. @returns the states */
  public import(indices: readonly number[], parallelism: number): Promise<ObjectValue[]> {
    return inParallel(indices, parallelism, async (index) => {
      const identity = { identityData: packed({ nic_id: this.attachment(index).nic_id ?? null }) };
      const imported = await this.call('ImportResourceState', { typeName, identity });
      succeeded(imported);
      const [found] = imported.importedResources as { state: unknown }[];
      const read = await this.call('ReadResource', { typeName, currentState: found?.state });
      succeeded(read);
      return unpacked(ATTACHMENT, read.newState) as ObjectValue;
    });
  }

  /** The number of requests that `work` sent. */
  public async counting(work: () => Promise<unknown>): Promise<{ changes: number; describes: number }> {
    const before = this.simulator.cloud.requests().length;
    await work();
    const made = this.simulator.cloud.requests().slice(before);
    const describes = made.filter(({ action }) => action?.startsWith('Describe') === true).length;
    return { changes: made.length - describes, describes };
  }

  public async close(): Promise<void> {
    await this.host.close();
    await this.simulator.close();
  }

  private planned(index: number): Promise<RpcResponse> {
    const config = wire(this.configOf(index));
    return this.call('PlanResourceChange', {
      typeName,
      priorState: wire(null),
      proposedNewState: config,
      config,
    });
  }

  private configOf(index: number): ObjectValue {
    return { ...this.attachment(index), id: null };
  }

  private call(...[name, request]: Parameters<Host['call']>): Promise<RpcResponse> {
    return this.host.call(name, request);
  }
}

async function configured(simulator: Simulator): Promise<Host> {
  const host = await Host.start(PROVIDER, {
    ZENLAYERCLOUD_DOMAIN: new URL(simulator.endpoint).host,
    ZENLAYERCLOUD_SCHEME: 'http',
    ZENLAYERCLOUD_ACCESS_KEY_ID: KEY.accessKeyId,
    ZENLAYERCLOUD_ACCESS_KEY_PASSWORD: KEY.accessKeyPassword,
  });
  const config = packed(nothing(settingsSchema));
  succeeded(await host.call('ConfigureProvider', { terraformVersion: '1.11.4', config }));
  return host;
}

function succeeded({ diagnostics = [] }: RpcResponse): void {
  const error = diagnostics.find(({ severity }) => severity === 1);
  if (error !== undefined) throw new Error(`${error.summary}\n${error.detail}`);
}
