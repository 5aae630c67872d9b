import * as v from 'valibot';
import type { InstanceId, NicId } from '../zec/ids';
import {
  INSTANCE_STATUSES,
  MAX_IDS_PER_REQUEST,
  MAX_NICS_PER_INSTANCE,
  MAX_PAGE_SIZE,
  NIC_STATUSES,
  type Action,
} from '../zec/types';
import { refuse, type ErrorCode, type Refusal } from './answers';
import { list, object, oneOf, pathOf, problem, text, wholeNumber } from './check';
import type { NicState } from './truth';
import { regionOf, type WorldInstance } from './world';

// An id of any shape is only unknown: the API documents none.
const nicId = v.pipe(
  text(),
  v.transform((value) => value as NicId),
);
const instanceId = v.pipe(
  text(),
  v.transform((value) => value as InstanceId),
);
const filter = v.optional(text());
const status = (known: readonly string[]) => v.optional(v.pipe(v.string('must be text'), oneOf(known)));
const paging = {
  pageSize: v.optional(wholeNumber(1, MAX_PAGE_SIZE), 20),
  pageNum: v.optional(wholeNumber(1, Number.MAX_SAFE_INTEGER), 1),
};

const SCHEMAS = {
  AttachNetworkInterface: object({ nicId, instanceId }),
  DetachNetworkInterface: object({ nicId }),
  DescribeNetworkInterfaces: object({
    nicIds: v.optional(list(nicId, MAX_IDS_PER_REQUEST)),
    name: filter,
    regionId: filter,
    vpcId: filter,
    subnetId: filter,
    instanceId: v.optional(instanceId),
    status: status(NIC_STATUSES),
    nicType: status(['Primary', 'Secondary']),
    ...paging,
  }),
  DescribeInstances: object({
    instanceIds: v.optional(list(instanceId, MAX_IDS_PER_REQUEST)),
    zoneId: filter,
    status: status(INSTANCE_STATUSES),
    name: filter,
    ...paging,
  }),
  DescribeInstancesStatus: object({
    instanceIds: v.optional(list(instanceId, MAX_IDS_PER_REQUEST)),
    ...paging,
  }),
} satisfies Record<Action, v.GenericSchema>;

// The names of the codes are the vendor's; which mistake gets which is assumed.
const CODES: Readonly<Record<string, ErrorCode>> = {
  missing: 'MISSING_PARAMETER',
  'unknown key': 'INVALID_PARAMETER',
  min_value: 'INVALID_PARAMETER_LESS_MINIMUM',
  max_value: 'INVALID_PARAMETER_EXCEED_MAXIMUM',
  min_length: 'INVALID_PARAMETER_LESS_LENGTH',
  max_length: 'INVALID_PARAMETER_EXCEED_LENGTH',
  picklist: 'INVALID_PARAMETER_VALUE',
};

/** The parameters of an action, checked and with their defaults. */
export type Parameters<A extends Action> = v.InferOutput<(typeof SCHEMAS)[A]>;

/** An action with its parameters, so that knowing the one tells the other. */
export type Call = { [A in Action]: { readonly action: A; readonly parameters: Parameters<A> } }[Action];

/** Checks the parameters of a request as strictly as the API: nothing unknown, nothing missing, no other types. */
export function parseCall(action: Action, parameters: unknown): Call | Refusal {
  const result = v.safeParse(SCHEMAS[action], parameters, { abortEarly: true });
  if (result.success) return { action, parameters: result.output } as Call;
  const [issue] = result.issues;
  const what = problem(issue);
  const code = CODES[what] ?? CODES[issue.type] ?? 'INVALID_PARAMETER_TYPE';
  return refuse(code, `${pathOf(issue)}: ${what}`);
}

/** A token bucket: a burst of one second's requests, refilled evenly. Times are in milliseconds. */
export class RateLimit {
  private tokens = Infinity;
  private filledAt = 0;

  /** @returns 0 if the request may pass, else the whole seconds after which there will be a token */
  public take(perSecond: number, now: number): number {
    if (perSecond === 0) {
      this.tokens = Infinity;
      return 0;
    }
    const refill = ((now - this.filledAt) / 1000) * perSecond;
    this.tokens = Math.min(Math.max(1, perSecond), this.tokens + refill);
    this.filledAt = now;
    if (this.tokens < 1) return Math.max(1, Math.ceil((1 - this.tokens) / perSecond));
    this.tokens -= 1;
    return 0;
  }
}

/** What attach and detach depend on: the truth, never a lagging view of it. */
export interface Facts {
  readonly nic: NicState | undefined;
  readonly instance: WorldInstance | undefined;
  readonly heldByInstance: number;
}

/** Why the API would not attach, or `undefined`. The order of the checks is assumed. */
export function attachRefusal({ nic, instance, heldByInstance }: Facts): Refusal | undefined {
  if (nic === undefined) return refuse('INVALID_NIC_NOT_FOUND', 'The specified nicId does not exist.');
  if (instance === undefined) {
    return refuse('INVALID_INSTANCE_NOT_FOUND', 'The specified instanceId does not exist.');
  }
  if (nic.nicType === 'Primary' || nic.status === 'USED' || nic.status === 'ATTACHING') {
    return refuse('INVALID_NIC_ATTACHED', 'The network interface is already attached to an instance.');
  }
  if (nic.status !== 'AVAILABLE') return wrongNicStatus(nic);
  if (regionOf(instance.zoneId) !== nic.regionId) {
    return refuse(
      'INVALID_NIC_INSTANCE_REGION_MISMATCH',
      'The network interface and the instance are not in the same region.',
    );
  }
  if (instance.status !== 'RUNNING') return wrongInstanceStatus(instance);
  if (instance.guestAgent === false) return precheck();
  if (heldByInstance >= MAX_NICS_PER_INSTANCE) {
    return refuse(
      'INVALID_INSTANCE_NIC_LIMIT',
      `The instance already has ${heldByInstance} network interfaces, which is the limit.`,
    );
  }
  return undefined;
}

/** Why the API would not detach, or `undefined`. The order of the checks is assumed. */
export function detachRefusal({ nic, instance }: Omit<Facts, 'heldByInstance'>): Refusal | undefined {
  if (nic === undefined) return refuse('INVALID_NIC_NOT_FOUND', 'The specified nicId does not exist.');
  if (nic.nicType === 'Primary') {
    return refuse('INVALID_NIC_PRIMARY_CANT_DETACH', 'The primary network interface cannot be detached.');
  }
  if (nic.status !== 'USED') return wrongNicStatus(nic);
  if (instance?.status !== 'RUNNING') return wrongInstanceStatus(instance);
  if (nic.lbAssociated === true) {
    return refuse(
      'INVALID_NIC_LB_ASSOCIATED',
      'A private IP of the network interface is associated with a load balancer.',
    );
  }
  return instance.guestAgent === false ? precheck() : undefined;
}

function wrongNicStatus(nic: NicState): Refusal {
  return refuse('INVALID_NIC_STATUS', `The network interface status ${nic.status} does not allow this.`);
}

function wrongInstanceStatus(instance: WorldInstance | undefined): Refusal {
  return refuse(
    'OPERATION_DENIED_INSTANCE_STATUS_NOT_SUPPORT',
    `The instance status ${instance?.status ?? 'RELEASED'} does not support this operation.`,
  );
}

function precheck(): Refusal {
  return refuse('INVALID_INSTANCE_PRECHECK_ABNORMAL', 'The pre-check of the instance failed.');
}
