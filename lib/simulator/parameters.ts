import * as v from 'valibot';
import type { InstanceId, NicId } from '../zec/ids';
import {
  INSTANCE_STATUSES,
  MAX_IDS_PER_REQUEST,
  MAX_PAGE_SIZE,
  NIC_STATUSES,
  type Action,
} from '../zec/types';
import { type ErrorCode, type Refusal, refuse } from './answers';
import { object, pathOf, problem } from './check';

const text = v.pipe(
  v.string('must be a string'),
  v.minLength(1, 'must not be empty'),
  v.maxLength(256, 'must have at most 256 characters'),
);

// An id of any shape is only unknown: the API documents none.
const nicId = v.pipe(
  text,
  v.transform((value) => value as NicId),
);
const instanceId = v.pipe(
  text,
  v.transform((value) => value as InstanceId),
);

function ids<Schema extends v.GenericSchema>(id: Schema) {
  return v.optional(
    v.pipe(
      v.array(id, 'must be a list of strings'),
      v.maxLength(MAX_IDS_PER_REQUEST, `must have at most ${MAX_IDS_PER_REQUEST} entries`),
    ),
  );
}

function oneOf<const Values extends readonly string[]>(values: Values) {
  return v.optional(
    v.pipe(v.string('must be a string'), v.picklist(values, `must be one of ${values.join(', ')}`)),
  );
}

const paging = {
  pageSize: v.optional(
    v.pipe(
      v.number('must be an integer'),
      v.integer('must be an integer'),
      v.minValue(1, 'must be at least 1'),
      v.maxValue(MAX_PAGE_SIZE, `must be at most ${MAX_PAGE_SIZE}`),
    ),
    20,
  ),
  pageNum: v.optional(
    v.pipe(
      v.number('must be an integer'),
      v.integer('must be an integer'),
      v.minValue(1, 'must be at least 1'),
    ),
    1,
  ),
};

const SCHEMAS = {
  AttachNetworkInterface: object({ nicId, instanceId }),
  DetachNetworkInterface: object({ nicId }),
  DescribeNetworkInterfaces: object({
    nicIds: ids(nicId),
    name: v.optional(text),
    regionId: v.optional(text),
    vpcId: v.optional(text),
    subnetId: v.optional(text),
    instanceId: v.optional(instanceId),
    status: oneOf(NIC_STATUSES),
    nicType: oneOf(['Primary', 'Secondary']),
    ...paging,
  }),
  DescribeInstances: object({
    instanceIds: ids(instanceId),
    zoneId: v.optional(text),
    status: oneOf(INSTANCE_STATUSES),
    name: v.optional(text),
    ...paging,
  }),
  DescribeInstancesStatus: object({ instanceIds: ids(instanceId), ...paging }),
} satisfies Record<Action, v.GenericSchema>;

/** The parameters of an action, checked and with their defaults. */
export type Parameters<A extends Action> = v.InferOutput<(typeof SCHEMAS)[A]>;

/** An action with its parameters, so that looking at the one tells the other. */
export type Call = { [A in Action]: { readonly action: A; readonly parameters: Parameters<A> } }[Action];

// The names of the codes are the vendor's; which mistake gets which is assumed.
const CODES: Readonly<Record<string, ErrorCode>> = {
  min_value: 'INVALID_PARAMETER_LESS_MINIMUM',
  max_value: 'INVALID_PARAMETER_EXCEED_MAXIMUM',
  min_length: 'INVALID_PARAMETER_LESS_LENGTH',
  max_length: 'INVALID_PARAMETER_EXCEED_LENGTH',
  picklist: 'INVALID_PARAMETER_VALUE',
};

/** Checks the parameters of a request as strictly as the API: nothing unknown, nothing missing, no other types. */
export function parseCall(action: Action, parameters: unknown): Call | Refusal {
  const result = v.safeParse(SCHEMAS[action], parameters, { abortEarly: true });
  if (result.success) return { action, parameters: result.output } as Call;
  const [issue] = result.issues;
  return refuse(codeFor(issue), `${pathOf(issue)}: ${problem(issue)}`);
}

function codeFor(issue: v.BaseIssue<unknown>): ErrorCode {
  const what = problem(issue);
  if (what === 'missing') return 'MISSING_PARAMETER';
  if (what === 'unknown key') return 'INVALID_PARAMETER';
  return CODES[issue.type] ?? 'INVALID_PARAMETER_TYPE';
}
