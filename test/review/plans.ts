import { DataResource, TerraformVariable, Token } from 'cdktf';
import type { TerraformStack } from 'cdktf';
import { Carrier, LocalExecRunner, NicAttachment, ProviderRunner } from '../../lib';
import type { WorldPatch } from '../../lib/simulator';
import type { Deployment, InitialWorld } from '../e2e/deployment';
import { IMPORT_BLOCKS } from '../support/terraform';
import type { Since } from '../support/terraform';

/** A runner and its carrier. */
export interface Flavour {
  readonly name: string;
  readonly runner: (stack: TerraformStack) => unknown;
  /** The resource addresses of the attachment of a vNIC. */
  readonly addresses: (nicId: string) => readonly string[];
}

const carried = (name: string, type: string, carrier: Carrier): Flavour => ({
  name,
  runner: (stack) => new LocalExecRunner(stack, 'zec', { carrier }),
  addresses: (nicId) => [`${type}.nic_attachment["${nicId}"]`],
});

export const PROVIDER: Flavour = {
  name: 'provider',
  // The plans are created before the cloud changes. Other suites test the preflight checks.
  runner: (stack) => new ProviderRunner(stack, 'zec', { preflight: false }),
  addresses: (nicId) => [`zec_nic_attachment.${nicId}`],
};
export const TERRAFORM_DATA = carried('terraform_data', 'terraform_data', Carrier.TERRAFORM_DATA);
export const NULL_RESOURCE = carried('null_resource', 'null_resource', Carrier.NULL_RESOURCE);

/** The attachments that a stack declares: instance IDs by vNIC ID. */
export type Pairs = Readonly<Record<string, string>>;

export function declaring(flavour: Flavour, pairs: Pairs) {
  return (stack: TerraformStack): void => {
    flavour.runner(stack);
    for (const [nicId, instanceId] of Object.entries(pairs))
      new NicAttachment(stack, nicId, { nicId, instanceId });
  };
}

const RESERVED = Array.from({ length: 6 }, (_, index) => `nic-full-${index + 1}`);

export const WORLD: InitialWorld = {
  instances: [
    { instanceId: 'ins-web', instanceName: 'web & <api>' },
    { instanceId: 'ins-db', instanceName: 'database', enableAgent: true },
    { instanceId: 'ins-full', instanceName: 'full' },
    { instanceId: 'ins-far', instanceName: 'far', zoneId: 'europe-west-1a' },
  ],
  nics: [
    { nicId: 'nic-data', name: 'data', primaryIpv4: '10.0.0.11' },
    { nicId: 'nic-logs', name: 'logs', primaryIpv4: '10.0.0.12' },
    { nicId: 'nic-backup', name: 'backup' },
    { nicId: 'nic-spare' },
    { nicId: 'nic-public', name: 'public', publicIpList: ['203.0.113.7', '203.0.113.8'] },
    { nicId: 'nic-there', name: 'there', instanceId: 'ins-db' },
    { nicId: 'nic-held', name: 'held', instanceId: 'ins-db' },
    { nicId: 'nic-first', nicType: 'Primary', instanceId: 'ins-db' },
    ...['nic-extra-1', 'nic-extra-2', 'nic-extra-3'].map((nicId) => ({ nicId })),
    ...RESERVED.map((nicId) => ({ nicId, instanceId: 'ins-full' })),
  ],
  settings: { attachMs: [0, 0], detachMs: [0, 0] },
};

/** The state of the stack before most of the plans. */
export const BASE: Pairs = {
  'nic-data': 'ins-web',
  'nic-logs': 'ins-web',
  'nic-backup': 'ins-db',
  'nic-public': 'ins-db',
};
const WITHOUT_LOGS = without('nic-logs');
const WITHOUT_PUBLIC = without('nic-public');

/** A plan and the expected result of its review. */
export interface Scenario {
  readonly name: string;
  readonly exit: number;
  /** Planned before anything is applied. */
  readonly first?: boolean;
  readonly declare: (flavour: Flavour) => (stack: TerraformStack) => void;
  readonly options?: (flavour: Flavour) => readonly string[];
  /** A change in the cloud between the plan and the review. */
  readonly meanwhile?: WorldPatch;
  readonly offline?: boolean;
  /** A resource to remove from the state before the plan, and for all later plans. */
  readonly offRecord?: string;
  /** The first versions that can plan it. */
  readonly since?: Since;
  /** Runs only with these flavours. */
  readonly only?: readonly Flavour[];
}

const pairs = (each: Pairs) => (flavour: Flavour) => declaring(flavour, each);

export const SCENARIOS: readonly Scenario[] = [
  { name: 'create', exit: 10, first: true, declare: pairs(BASE) },
  { name: 'no-change', exit: 0, declare: pairs(BASE) },
  { name: 'destroy', exit: 11, declare: pairs(BASE), options: () => ['-destroy'] },
  { name: 'remove', exit: 11, declare: pairs(WITHOUT_LOGS) },
  { name: 'move', exit: 11, declare: pairs({ ...BASE, 'nic-data': 'ins-db' }) },
  {
    name: 'agent-disabled',
    exit: 11,
    only: [PROVIDER],
    declare: pairs({ ...BASE, 'nic-data': 'ins-db' }),
    meanwhile: { instances: [{ instanceId: 'ins-db', enableAgent: false }] },
  },
  {
    name: 'replace',
    exit: 11,
    declare: pairs(BASE),
    options: ({ addresses }) => addresses('nic-data').map((each) => `-replace=${each}`),
  },
  { name: 'adopt', exit: 10, declare: pairs({ ...BASE, 'nic-there': 'ins-db' }) },
  {
    name: 'after-apply',
    exit: 10,
    declare: (flavour) => (stack) => {
      declaring(flavour, BASE)(stack);
      const made = new DataResource(stack, 'made', { input: Token.asAny('nic-spare') });
      new NicAttachment(stack, 'later', { nicId: made.output.toString(), instanceId: 'ins-web' });
    },
  },
  {
    name: 'mixed',
    exit: 11,
    declare: pairs({
      'nic-data': 'ins-db',
      'nic-backup': 'ins-db',
      'nic-spare': 'ins-web',
      'nic-there': 'ins-db',
      'nic-extra-1': 'ins-web',
    }),
    meanwhile: { instances: [{ instanceId: 'ins-web', status: 'REBOOT' }] },
  },
  {
    name: 'risky',
    exit: 11,
    declare: pairs({
      ...WITHOUT_PUBLIC,
      'nic-spare': 'ins-web',
      'nic-there': 'ins-far',
      'nic-held': 'ins-web',
      'nic-first': 'ins-web',
      'nic-nowhere': 'ins-web',
      'nic-extra-1': 'ins-full',
      'nic-extra-2': 'ins-full',
      'nic-extra-3': 'ins-full',
    }),
    meanwhile: {
      instances: [{ instanceId: 'ins-web', status: 'STOPPED' }],
      nics: [{ nicId: 'nic-there', status: 'AVAILABLE', instanceId: null }],
    },
  },
  { name: 'offline', exit: 11, offline: true, declare: pairs({ ...WITHOUT_LOGS, 'nic-spare': 'ins-web' }) },
  {
    name: 'rename',
    exit: 11,
    only: [PROVIDER],
    declare: (flavour) => (stack) => {
      declaring(flavour, WITHOUT_LOGS)(stack);
      // Named after its path, because its ID is a reference.
      const nicId = new TerraformVariable(stack, 'nic', { type: 'string', default: 'nic-logs' }).stringValue;
      new NicAttachment(stack, 'renamed', { nicId, instanceId: 'ins-web' });
    },
  },
  {
    name: 'import',
    since: IMPORT_BLOCKS,
    exit: 10,
    only: [PROVIDER],
    declare: (flavour) => (stack) => {
      declaring(flavour, BASE)(stack);
      new NicAttachment(stack, 'there', { nicId: 'nic-there', instanceId: 'ins-db' }).importFrom('nic-there');
    },
  },
  {
    name: 'import-primary',
    since: IMPORT_BLOCKS,
    exit: 11,
    only: [PROVIDER],
    declare: (flavour) => (stack) => {
      declaring(flavour, BASE)(stack);
      new NicAttachment(stack, 'there', { nicId: 'nic-there', instanceId: 'ins-db' }).importFrom('nic-there');
    },
    meanwhile: {
      nics: [
        { nicId: 'nic-first', nicType: 'Secondary' },
        { nicId: 'nic-there', nicType: 'Primary' },
      ],
    },
  },
  {
    name: 'forget',
    exit: 10,
    since: { terraform: '1.7', opentofu: '1.7' },
    only: [PROVIDER],
    declare: (flavour) => (stack) => {
      declaring(flavour, WITHOUT_LOGS)(stack);
      const [from] = flavour.addresses('nic-logs');
      stack.addOverride('removed', [{ from, lifecycle: { destroy: false } }]);
    },
  },
  {
    name: 'created-first',
    exit: 11,
    declare: (flavour) => (stack) => {
      declaring(flavour, WITHOUT_LOGS)(stack);
      const moved = new NicAttachment(stack, 'nic-logs', { nicId: 'nic-logs', instanceId: 'ins-db' });
      new DataResource(stack, 'user', {
        input: Token.asAny(moved.id),
        lifecycle: { createBeforeDestroy: true },
      });
    },
  },
  {
    name: 'replaced-first',
    exit: 10,
    only: [TERRAFORM_DATA],
    declare: (flavour) => (stack) => {
      declaring(flavour, WITHOUT_LOGS)(stack);
      const logs = new NicAttachment(stack, 'nic-logs', { nicId: 'nic-logs', instanceId: 'ins-web' });
      new DataResource(stack, 'user', {
        input: Token.asAny(logs.id),
        lifecycle: { createBeforeDestroy: true },
      });
    },
    options: ({ addresses }) => addresses('nic-logs').map((each) => `-replace=${each}`),
  },
  { name: 'runner-gone', exit: 11, declare: () => () => undefined, only: [TERRAFORM_DATA] },
  {
    name: 'cut-off',
    exit: 10,
    only: [TERRAFORM_DATA],
    declare: pairs(BASE),
    offRecord: 'terraform_data.nic_attachment_confirmation',
    meanwhile: { nics: [{ nicId: 'nic-logs', status: 'AVAILABLE', instanceId: null }] },
  },
];

function without(nicId: string): Pairs {
  return Object.fromEntries(Object.entries(BASE).filter(([nic]) => nic !== nicId));
}

/** Plans a scenario, as `terraform show -json` prints it. {@link BASE} must be applied, unless `first` is set. */
export async function planned(deployment: Deployment, flavour: Flavour, scenario: Scenario): Promise<string> {
  deployment.synth(scenario.declare(flavour));
  if (scenario.offRecord !== undefined) await deployment.removeFromState(scenario.offRecord);
  return deployment.savedPlan(...(scenario.options?.(flavour) ?? []));
}
