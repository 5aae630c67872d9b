import * as v from 'valibot';
import type { InstanceId, NicId } from '../zec/ids';
import { INSTANCE_STATUSES, MAX_IDS_PER_REQUEST, MAX_PAGE_SIZE, NIC_STATUSES } from '../zec/types';
import { list, object, pathOf, problem, text, wholeNumber } from './check';
import { instanceFields, instanceInfo, LISTED, nicInfo } from './describe';
import type { ActionName, FaultRule } from './faults';
import { optionalOneOf, commonFilters, filter, hasAddress, matches } from './filters';
import { refuse, type ErrorCode, type Refusal } from './responses';
import { attachRefusal, detachRefusal } from './rules';
import type { Cause } from './transitions';
import type { GroundTruth, NicState } from './truth';
import { NIC_SUBNET_TYPES, type WorldInstance } from './world';

export interface ActionContext {
  readonly truth: GroundTruth;
  /** How old the data of a Describe is, in milliseconds. */
  readonly lagMs: number;
  /** The request, as the cause of a change. */
  readonly by: Cause;
  /** Takes the fault rule by which an accepted attach or detach fails later, if there is one. */
  readonly takeAsyncFault: () => FaultRule | undefined;
}

/** The content of `response` and the fault rule that applied, or the refusal. */
export type ActionResult = Refusal | { readonly response: object; readonly fault?: FaultRule | undefined };

// An ID of any format is valid, because the API documents no format.
const nicId = v.pipe(
  text(),
  v.transform((value) => value as NicId),
);
const instanceId = v.pipe(
  text(),
  v.transform((value) => value as InstanceId),
);
const someInstances = list(instanceId, MAX_IDS_PER_REQUEST);
const instanceIds = v.optional(someInstances);
const flag = v.optional(v.boolean('must be true or false'));
const paging = {
  pageSize: v.optional(wholeNumber(1, MAX_PAGE_SIZE), 20),
  pageNum: v.optional(wholeNumber(1, Number.MAX_SAFE_INTEGER), 1),
};

/** The implementations of the API's actions. */
export const ACTIONS: Readonly<Record<ActionName, (input: unknown, context: ActionContext) => ActionResult>> =
  {
    AttachNetworkInterface: action(object({ nicId, instanceId }), ({ nicId, instanceId }, context) => {
      const { truth } = context;
      // Including those that are being attached or detached.
      const held = truth.nics().filter((nic) => nic.instanceId === instanceId).length;
      const refusal = attachRefusal(truth.nic(nicId), truth.instance(instanceId), held, truth.settings);
      return refusal ?? begin(nicId, { status: 'ATTACHING', instanceId }, context);
    }),

    DetachNetworkInterface: action(object({ nicId }), ({ nicId }, context) => {
      const nic = context.truth.nic(nicId);
      const instanceId = nic?.instanceId;
      const instance = instanceId === undefined ? undefined : context.truth.instance(instanceId);
      const refusal = detachRefusal(nic, instance, context.truth.settings);
      return refusal ?? begin(nicId, { status: 'DETACHING', instanceId }, context);
    }),

    DescribeNetworkInterfaces: action(
      object({
        nicIds: v.optional(list(nicId, MAX_IDS_PER_REQUEST)),
        regionId: filter,
        vpcId: filter,
        subnetId: filter,
        instanceId: v.optional(instanceId),
        status: optionalOneOf(NIC_STATUSES),
        nicType: optionalOneOf(['Primary', 'Secondary']),
        securityGroupId: filter,
        nicSubnetType: optionalOneOf(NIC_SUBNET_TYPES),
        ...commonFilters,
        ...paging,
      }),
      ({ nicIds, pageSize, pageNum, name, tagKeys, tags, ...fields }, { truth, lagMs }) => {
        const nics = withIds(truth.nics(lagMs), nicIds, (nic) => nic.nicId).map(nicInfo);
        const found = nics.filter((nic) =>
          matches({ ...nic, ...nic.resourceGroup }, { name, tagKeys, tags }, fields),
        );
        return { response: page(found, pageSize, pageNum) };
      },
    ),

    DescribeInstances: action(
      object({
        instanceIds,
        zoneId: filter,
        status: optionalOneOf(INSTANCE_STATUSES),
        imageId: filter,
        instanceType: filter,
        ipv4Address: filter,
        ipv6Address: filter,
        ...commonFilters,
        ...paging,
      }),
      (request, { truth, lagMs }) => {
        const { pageSize, pageNum, ipv4Address, ipv6Address, name, tagKeys, tags, ...more } = request;
        const { instanceIds, ...fields } = more;
        const instances = withIds(truth.instances(lagMs), instanceIds, (each) => each.instanceId).filter(
          (instance) => matches(namedFields(instance), { name, tagKeys, tags }, fields),
        );
        const listed = new Map(instances.map(({ instanceId }) => [instanceId, [] as NicState[]]));
        for (const nic of truth.nics(lagMs)) {
          if (nic.instanceId !== undefined && LISTED.has(nic.status)) listed.get(nic.instanceId)?.push(nic);
        }
        const nicsOf = ({ instanceId }: WorldInstance) => listed.get(instanceId) ?? [];
        const found = instances.filter((instance) =>
          [ipv4Address, ipv6Address].every(
            (address) =>
              address === undefined || nicsOf(instance).some((nic) => hasAddress(nicInfo(nic), address)),
          ),
        );
        const { totalCount, dataSet } = page(found, pageSize, pageNum);
        return {
          response: { totalCount, dataSet: dataSet.map((each) => instanceInfo(each, nicsOf(each))) },
        };
      },
    ),

    DescribeInstancesStatus: action(
      object({ instanceIds, resourceGroupId: filter, ...paging }),
      ({ instanceIds, resourceGroupId, pageSize, pageNum }, { truth, lagMs }) => {
        const infos = withIds(truth.instances(lagMs), instanceIds, (each) => each.instanceId)
          .filter((instance) => matches(namedFields(instance), {}, { resourceGroupId }))
          .map(({ instanceId, status }) => ({ instanceId, instanceStatus: status }));
        return { response: page(infos, pageSize, pageNum) };
      },
    ),

    StartInstances: action(object({ instanceIds: someInstances }), ({ instanceIds }, context) =>
      beginEach(instanceIds, 'STARTING', ({ status }) => status === 'STOPPED', context),
    ),

    StopInstances: action(
      object({ instanceIds: someInstances, forceShutdown: flag }),
      ({ instanceIds }, context) =>
        beginEach(instanceIds, 'STOPPING', ({ status }) => status === 'RUNNING', context),
    ),

    ReleaseInstances: action(
      object({ instanceIds: someInstances, dependResource: flag }),
      ({ instanceIds, dependResource }, context) => {
        const nics = dependResource === undefined ? undefined : dependResource ? 'DELETE' : 'FREE';
        return beginEach(instanceIds, 'RELEASING', ({ status }) => status !== 'RELEASING', context, nics);
      },
    ),
  };

// The names of the codes are the vendor's; which error each code means is assumed.
const CODES: Readonly<Record<string, ErrorCode>> = {
  missing: 'MISSING_PARAMETER',
  'unknown key': 'INVALID_PARAMETER_VALUE',
  min_value: 'INVALID_PARAMETER_LESS_MINIMUM',
  max_value: 'INVALID_PARAMETER_EXCEED_MAXIMUM',
  min_length: 'INVALID_PARAMETER_LESS_LENGTH',
  max_length: 'INVALID_PARAMETER_EXCEED_LENGTH',
  picklist: 'INVALID_PARAMETER_VALUE',
};

/** Defines an action with validated parameters. Unknown and missing parameters are errors, as in the API. */
function action<Schema extends v.GenericSchema>(
  schema: Schema,
  carryOut: (parameters: v.InferOutput<Schema>, context: ActionContext) => ActionResult,
) {
  return (input: unknown, context: ActionContext): ActionResult => {
    const result = v.safeParse(schema, input, { abortEarly: true });
    if (result.success) return carryOut(result.output, context);
    const [issue] = result.issues;
    const what = problem(issue);
    const code = CODES[what] ?? CODES[issue.type] ?? 'INVALID_PARAMETER_TYPE';
    return refuse(code, `${pathOf(issue)}: ${what}`);
  };
}

function begin(
  nicId: NicId,
  state: Parameters<GroundTruth['begin']>[1],
  { truth, by, takeAsyncFault }: ActionContext,
): ActionResult {
  const fault = takeAsyncFault();
  truth.begin(nicId, state, by, fault);
  return { response: {}, fault };
}

/** Begins a change of each instance whose status allows it. The response contains the IDs of the others, as documented. */
function beginEach(
  ids: readonly InstanceId[],
  status: Parameters<GroundTruth['beginInstance']>[1],
  allowed: (instance: WorldInstance) => boolean,
  { truth, by, takeAsyncFault }: ActionContext,
  releasedNics?: Parameters<GroundTruth['beginInstance']>[4],
): ActionResult {
  const fault = takeAsyncFault();
  const failed = [...new Set(ids)].filter((id) => {
    const instance = truth.instance(id);
    if (instance === undefined || !allowed(instance)) return true;
    truth.beginInstance(instance, status, by, fault, releasedNics);
    return false;
  });
  return { response: failed.length === 0 ? {} : { instanceIds: failed }, fault };
}

/** The items with these IDs. An empty list of IDs is no filter (assumed). */
function withIds<Item, Id>(
  items: readonly Item[],
  ids: readonly Id[] = [],
  idOf: (item: Item) => Id,
): readonly Item[] {
  const wanted = new Set(ids);
  return wanted.size === 0 ? items : items.filter((item) => wanted.has(idOf(item)));
}

function namedFields(instance: WorldInstance) {
  const fields = instanceFields(instance);
  return { ...fields, name: fields.instanceName };
}

function page<Item>(items: readonly Item[], pageSize: number, pageNum: number) {
  const first = (pageNum - 1) * pageSize;
  return { totalCount: items.length, dataSet: items.slice(first, first + pageSize) };
}
