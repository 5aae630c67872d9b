import { App, TerraformStack, Testing } from 'cdktf';
import type { IConstruct } from 'constructs';

export interface Synthesized {
  readonly data?: Record<string, Record<string, object>>;
  readonly locals?: Record<string, Record<string, Record<string, string>>>;
  readonly output?: Record<string, { readonly value: unknown }>;
  readonly provider?: Record<string, readonly Record<string, unknown>[]>;
  readonly resource: Record<string, Record<string, Block>>;
  readonly terraform?: { readonly required_providers?: Record<string, unknown> };
}

interface Block {
  readonly for_each?: string;
  readonly depends_on?: readonly string[];
  readonly provisioner?: readonly { readonly 'local-exec': Provisioner }[];
  readonly [name: string]: unknown;
}

interface Provisioner {
  readonly when?: string;
  readonly command: string;
  readonly interpreter: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** The attributes of a vNIC by getter. */
export const NIC_GETTERS = {
  name: 'name',
  regionId: 'region_id',
  vpcId: 'vpc_id',
  subnetId: 'subnet_id',
  nicSubnetType: 'nic_subnet_type',
  securityGroupId: 'security_group_id',
  resourceGroupId: 'resource_group_id',
  macAddress: 'mac_address',
  primaryIpv4: 'primary_ipv4',
  secondaryIpv4s: 'secondary_ipv4s',
  primaryIpv6: 'primary_ipv6',
  ipv6Cidr: 'ipv6_cidr',
  privateIps: 'private_ips',
  publicIps: 'public_ips',
  tags: 'tags',
} as const;

export const BUILT_IN = { 'zec:carrier': 'terraform_data' };

export function stackWith(context: Readonly<Record<string, string>> = {}, name = 'net'): TerraformStack {
  return new TerraformStack(Testing.app({ context: { ...context }, stackTraces: false }), name);
}

/** The synthesized stack, after all validations. */
export function synth(stack: TerraformStack, testing = Testing): Synthesized {
  return JSON.parse(testing.synth(stack, true)) as Synthesized;
}

/** The annotations of the synth, as `level path: message`. */
export function reported(stack: TerraformStack, testing = Testing): string[] {
  synth(stack, testing);
  return stack.node
    .findAll()
    .flatMap((node: IConstruct) =>
      node.node.metadata.map(
        ({ type, data }) => `${type.replace('@cdktf/', '')} ${node.node.path}: ${String(data)}`,
      ),
    )
    .filter((line) => /^(?:info|warn|error) /.test(line));
}

/** The stack's JSON without differences of build and framework: digests, and the notation of an empty object. */
export function comparable(text: string): string {
  return JSON.stringify(JSON.parse(text), undefined, 2)
    .replaceAll(/\b[0-9A-F]{32}\b/g, 'HASH')
    .replaceAll(/\d+\.\d+\.\d+-b[0-9a-f]{12}/g, 'VERSION');
}

export function app(outdir: string, context: Readonly<Record<string, string>> = {}): App {
  return new App({ outdir, context: { ...context } });
}
