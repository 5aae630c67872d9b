import { Construct, IDependable } from 'constructs';
import { PROVIDER } from '../contract';
import { AttachmentRunner } from './attachment-runner';
import { contextRunner } from './context';
import { errorAt, NO_DATA_SOURCES, runnerOfAnotherStack } from './errors';
import { checkedScope, stackOf } from './framework';
import { NicBlock, NicStatusGetters } from './nic-getters';
import { ProviderRunner } from './provider-runner';
import { StackAttachments } from './stack-attachments';

/** Properties of all data sources. */
export interface DataZecConfig {
  /** Attachments or other constructs that are deployed before the data source is read. @default - none */
  readonly dependsOn?: IDependable[];
  /** The provider runner whose settings it uses. @default - the first provider runner of the stack */
  readonly runner?: AttachmentRunner;
}

/** Properties of `DataZecNic`. */
export interface DataZecNicConfig extends DataZecConfig {
  /** The ID of the vNIC: a literal, or a reference. */
  readonly nicId: string;
}

/** Properties of `DataZecInstance`. */
export interface DataZecInstanceConfig extends DataZecConfig {
  /** The ID of the instance: a literal, or a reference. */
  readonly instanceId: string;
}

/** The filters of `DataZecNics`: literals or references. A listed vNIC matches all of them. */
export interface DataZecNicsConfig extends DataZecConfig {
  /** The ID of the region. @default - all regions */
  readonly regionId?: string;
  /** The ID of the VPC. @default - all VPCs */
  readonly vpcId?: string;
  /** The ID of the subnet. @default - all subnets */
  readonly subnetId?: string;
  /** The ID of the instance that holds the vNICs. @default - all instances, and free vNICs */
  readonly instanceId?: string;
  /** The status, such as `AVAILABLE` or `USED`. @default - all statuses */
  readonly status?: string;
  /** The type: `Primary` or `Secondary`. @default - both */
  readonly nicType?: string;
  /** The tags that a vNIC must have, at most 20. @default - none */
  readonly tags?: { [key: string]: string };
}

/**
 * Reads a vNIC (data source `zec_nic`). Requires the provider runner. Fails if the vNIC does not exist.
 *
 * @example
 * new ProviderRunner(stack, 'zec');
 * const nic = new DataZecNic(stack, 'nic', { nicId: 'nic-storage' });
 * new TerraformOutput(stack, 'mac', { value: nic.macAddress });
 */
export class DataZecNic extends NicStatusGetters {
  /** The type of the Terraform data source, for CDKTF's `Testing.toHaveDataSource`. */
  public static readonly tfResourceType: string = PROVIDER.nic;
  private readonly block: NicBlock;

  /** Declares the data source. @throws Error if its runner is not a provider runner, or is in another stack */
  public constructor(scope: Construct, id: string, config: DataZecNicConfig) {
    super(checkedScope(scope), id);
    this.block = declare(this, PROVIDER.nic, { nic_id: config.nicId }, config);
  }

  /** @internal */
  protected _block(): NicBlock {
    return this.block;
  }
}

/**
 * Reads an instance (data source `zec_instance`). Requires the provider runner. Fails if the instance does not
 * exist.
 *
 * @example
 * const instance = new DataZecInstance(stack, 'instance', { instanceId: 'ins-web', runner: new ProviderRunner(stack, 'zec') });
 * new TerraformOutput(stack, 'zone', { value: instance.zoneId });
 */
export class DataZecInstance extends Construct {
  /** The type of the Terraform data source, for CDKTF's `Testing.toHaveDataSource`. */
  public static readonly tfResourceType: string = PROVIDER.instance;
  private readonly block: NicBlock;

  /** Declares the data source. @throws Error if its runner is not a provider runner, or is in another stack */
  public constructor(scope: Construct, id: string, config: DataZecInstanceConfig) {
    super(checkedScope(scope), id);
    this.block = declare(this, PROVIDER.instance, { instance_id: config.instanceId }, config);
  }

  /** The address of the Terraform block. */
  public get fqn(): string {
    return this.block.fqn;
  }

  /** The ID of the instance. */
  public get instanceId(): string {
    return this.block.getStringAttribute('instance_id');
  }

  /** The name of the instance. */
  public get name(): string {
    return this.block.getStringAttribute('name');
  }

  /** The status of the instance when it was read, such as `RUNNING`. */
  public get status(): string {
    return this.block.getStringAttribute('status');
  }

  /** The ID of the zone, such as `asia-east-1a`. */
  public get zoneId(): string {
    return this.block.getStringAttribute('zone_id');
  }

  /** The IDs of its vNICs, including the primary one. */
  public get nicIds(): string[] {
    return this.block.getListAttribute('nic_ids');
  }

  /** The private IP addresses of the instance. */
  public get privateIps(): string[] {
    return this.block.getListAttribute('private_ips');
  }

  /** The public IP addresses of the instance. */
  public get publicIps(): string[] {
    return this.block.getListAttribute('public_ips');
  }
}

/**
 * Lists vNICs in the order of their IDs (data source `zec_nics`). Requires the provider runner. Fails if more than
 * 1,000 match.
 *
 * @example
 * new ProviderRunner(stack, 'zec');
 * const nics = new DataZecNics(stack, 'nics', { regionId: 'asia-east-1', tags: { team: 'storage' } });
 * new TerraformOutput(stack, 'ids', { value: nics.nicIds });
 * new TerraformOutput(stack, 'first', { value: nics.nics.get(0).macAddress });
 */
export class DataZecNics extends Construct {
  /** The type of the Terraform data source, for CDKTF's `Testing.toHaveDataSource`. */
  public static readonly tfResourceType: string = PROVIDER.nics;
  /** References to the vNICs by their index. */
  public readonly nics: DataZecNicsNicsList;
  private readonly block: NicBlock;

  /** Declares the data source. @throws Error if its runner is not a provider runner, or is in another stack */
  public constructor(scope: Construct, id: string, config: DataZecNicsConfig = {}) {
    super(checkedScope(scope), id);
    const { regionId, vpcId, subnetId, instanceId, status, nicType, tags } = config;
    const filters = { region_id: regionId, vpc_id: vpcId, subnet_id: subnetId, instance_id: instanceId };
    this.block = declare(this, PROVIDER.nics, { ...filters, status, nic_type: nicType, tags }, config);
    this.nics = DataZecNicsNicsList._of(this, this.block);
  }

  /** The address of the Terraform block. */
  public get fqn(): string {
    return this.block.fqn;
  }

  /** The IDs of the vNICs, in alphabetical order. */
  public get nicIds(): string[] {
    return this.block.getListAttribute('nic_ids');
  }
}

/** The vNICs of a `DataZecNics`. */
export class DataZecNicsNicsList {
  /** @internal */
  public static _of(owner: Construct, block: NicBlock): DataZecNicsNicsList {
    return new DataZecNicsNicsList(owner, block);
  }

  private constructor(
    private readonly owner: Construct,
    private readonly block: NicBlock,
  ) {}

  /** Returns references to one vNIC. @param index its index in the list, from 0 */
  public get(index: number): DataZecNicsNicsOutputReference {
    return DataZecNicsNicsOutputReference._of(this.owner, this.block, `nics[${index}]`);
  }
}

/** References to one vNIC of a `DataZecNics`. */
export class DataZecNicsNicsOutputReference extends NicStatusGetters {
  /** @internal */
  public static _of(owner: Construct, block: NicBlock, path: string): DataZecNicsNicsOutputReference {
    const known = owner.node.tryFindChild(path) as DataZecNicsNicsOutputReference | undefined;
    return known ?? new DataZecNicsNicsOutputReference(owner, block, path);
  }

  private constructor(
    owner: Construct,
    private readonly block: NicBlock,
    private readonly path: string,
  ) {
    super(owner, path);
  }

  /** @internal */
  protected _block(): NicBlock {
    const { block, path } = this;
    return {
      fqn: block.getStringAttribute(path),
      getStringAttribute: (name) => block.getStringAttribute(`${path}.${name}`),
      getListAttribute: (name) => block.getListAttribute(`${path}.${name}`),
      getStringMapAttribute: (name) => block.getStringMapAttribute(`${path}.${name}`),
    };
  }
}

function declare(
  construct: Construct,
  type: string,
  attributes: Readonly<Record<string, unknown>>,
  { runner, dependsOn }: DataZecConfig,
): NicBlock {
  const first = StackAttachments.of(construct).first(ProviderRunner);
  const reader = runner ?? first ?? (contextRunner(construct) === 'provider' && ProviderRunner.of(construct));
  if (!(reader instanceof ProviderRunner)) throw errorAt(construct, NO_DATA_SOURCES);
  if (stackOf(reader) !== stackOf(construct)) throw errorAt(construct, runnerOfAnotherStack(reader));
  construct.node.addDependency(...[dependsOn ?? []].flat());
  return reader._read(construct, type, attributes);
}
