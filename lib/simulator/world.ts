import * as v from 'valibot';
import { parseInstanceId, parseNicId } from '../zec/ids';
import { INSTANCE_STATUSES, MAX_NICS_PER_INSTANCE, NIC_STATUSES } from '../zec/types';
import {
  check,
  defined,
  InvalidInputError,
  list,
  number,
  object,
  oneOf,
  pattern,
  text,
  wholeNumber,
} from './check';
import { inconsistencies } from './world-checks';

/** Maximum of `describeLagMs`: ten minutes. */
export const MAX_LAG_MS = 600_000;
const MAX_LATENCY_MS = 60_000;
const MAX_DURATION_MS = 86_400_000;
function id<Id>(parse: (value: string) => Id) {
  return v.pipe(
    v.string('must be text'),
    v.rawTransform<string, Id>(({ dataset, addIssue, NEVER }) => {
      try {
        return parse(dataset.value);
      } catch (error) {
        addIssue({ message: (error as Error).message });
        return NEVER;
      }
    }),
  );
}

// Accepts FUTURE_… for undocumented statuses, and rejects typing errors.
function status(known: readonly string[]) {
  return v.pipe(
    v.string('must be text'),
    v.check(
      (value) => known.includes(value) || /^FUTURE_[A-Z_]{1,50}$/.test(value),
      `must be one of ${known.join(', ')}, or FUTURE_… for a status that only a newer API has`,
    ),
  );
}

function milliseconds(most = MAX_DURATION_MS) {
  const message = 'must be [shortest, longest] in milliseconds';
  return v.pipe(
    v.strictTuple([wholeNumber(0, most), wholeNumber(0, most)], message),
    v.check(([shortest, longest]) => shortest <= longest, message),
  );
}

function entry<const Fields extends v.ObjectEntries>(fields: Fields) {
  return v.pipe(
    object(fields),
    v.transform((value) => defined(value)),
  );
}

const flag = v.optional(v.boolean('must be true or false'));
const short = v.optional(text(64));
const name = v.optional(text());
const addresses = v.optional(list(text(64), 64));
export const NIC_SUBNET_TYPES = ['IPv4', 'IPv4_IPv6', 'IPv6'] as const;
export const tag = object({ key: text(64), value: v.pipe(v.string('must be text'), v.maxLength(128)) });
const groupAndTags = { resourceGroupId: name, tags: v.optional(list(tag, 20)) };

const instance = entry({
  instanceId: id(parseInstanceId),
  zoneId: pattern(/^[a-z][a-z0-9-]{0,60}\d[a-z]$/, 'must be a zone, e.g. "asia-east-1a"'),
  status: status(INSTANCE_STATUSES),
  instanceName: name,
  instanceType: name,
  imageId: name,
  enableAgent: flag,
  // The former name of enableAgent.
  guestAgent: flag,
  loadBalancerIds: v.optional(list(text(64), 64)),
  ...groupAndTags,
});
const nic = entry({
  nicId: id(parseNicId),
  regionId: pattern(/^[a-z][a-z0-9-]{0,60}\d$/, 'must be a region, e.g. "asia-east-1"'),
  status: status(NIC_STATUSES),
  nicType: oneOf(['Primary', 'Secondary']),
  instanceId: v.optional(id(parseInstanceId)),
  name,
  vpcId: name,
  subnetId: name,
  securityGroupId: name,
  nicSubnetType: v.optional(oneOf(NIC_SUBNET_TYPES)),
  publicIpList: addresses,
  privateIpList: addresses,
  primaryIpv4: short,
  primaryIpv6: short,
  ipv6Cidr: short,
  secondaryIpv4s: addresses,
  macAddress: short,
  ...groupAndTags,
  lbAssociated: flag,
});

const secret = v.pipe(text(4096), v.regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without spaces'));
const credential = v.pipe(
  object({
    accessKeyId: v.optional(
      pattern(/^[A-Za-z0-9_.-]{1,128}$/, 'must be 1 to 128 letters, digits, "_", "." or "-"'),
    ),
    accessKeyPassword: v.optional(secret),
    token: v.optional(secret),
  }),
  v.check(
    ({ accessKeyId, accessKeyPassword, token }) =>
      token !== undefined || (accessKeyId !== undefined && accessKeyPassword !== undefined),
    'needs an accessKeyId and an accessKeyPassword, or a token',
  ),
  v.check(
    ({ accessKeyId, accessKeyPassword }) => accessKeyPassword === undefined || accessKeyId !== undefined,
    'has an accessKeyPassword and no accessKeyId',
  ),
);

const duration = v.optional(milliseconds(), () => [300, 900] as [number, number]);
const settings = object({
  attachMs: duration,
  detachMs: duration,
  instanceMs: duration,
  describeLagMs: v.optional(
    v.union(
      [wholeNumber(0, MAX_LAG_MS), milliseconds(MAX_LAG_MS)],
      `must be a whole number from 0 to ${MAX_LAG_MS}, or [shortest, longest] of such`,
    ),
    0,
  ),
  latencyMs: v.optional(wholeNumber(0, MAX_LATENCY_MS), 0),
  rateLimitPerSecond: v.optional(number(0, 1_000_000), 0),
  retryAfter: v.optional(v.boolean('must be true or false'), true),
  releasedNics: v.optional(oneOf(['DELETE', 'FREE']), 'DELETE'),
  maxNicsPerInstance: v.optional(wholeNumber(1, MAX_NICS_PER_INSTANCE), MAX_NICS_PER_INSTANCE),
  fullInstanceCode: v.optional(
    oneOf([
      ...(['INVALID_INSTANCE_NIC_LIMIT', 'INVALID_INSTANCE_PRECHECK_ABNORMAL'] as const),
      'OPERATION_DENIED_INSTANCE_STATUS_NOT_SUPPORT',
    ]),
    'INVALID_INSTANCE_NIC_LIMIT',
  ),
  freeNicDetachCode: v.optional(
    oneOf(['INVALID_NIC_STATUS', 'OPERATION_DENIED_NIC_NOT_EXIST_INSTANCE']),
    'INVALID_NIC_STATUS',
  ),
  seed: v.optional(wholeNumber(0, Number.MAX_SAFE_INTEGER), 1),
});

/** The schema of a world. {@link parseWorld} also checks that it is consistent. */
export const world = object({
  instances: v.optional(list(instance, 10_000), () => []),
  nics: v.optional(list(nic, 50_000), () => []),
  credentials: v.optional(list(credential, 100), () => []),
  settings: v.optional(settings, () => ({})),
});

/**
 * An instance of the simulated account.
 * `enableAgent: false` makes attach and detach fail with `INVALID_INSTANCE_PRECHECK_ABNORMAL`, and `loadBalancerIds` makes
 * attach fail with `INVALID_NIC_LB_ASSOCIATED`.
 */
export type WorldInstance = v.InferOutput<typeof instance>;
/**
 * A vNIC of the simulated account. Omitted fields are derived from the ID.
 * `lbAssociated: true` makes detach fail with `INVALID_NIC_LB_ASSOCIATED`.
 */
export type WorldNic = v.InferOutput<typeof nic>;
export type Tag = v.InferOutput<typeof tag>;
/** Accepted credentials: an access key ID with its password, a bearer token, or both. */
export type WorldCredential = v.InferOutput<typeof credential>;
/**
 * The behaviour of the simulated cloud. Times are in milliseconds.
 * - `attachMs`, `detachMs`, `instanceMs`: duration of an attach, a detach, and a start, stop or release of an instance, as
 *   [shortest, longest]. Default: [300, 900].
 * - `describeLagMs`: age of the data that a read returns. With [shortest, longest] it varies by request, so that a read may
 *   return older data than an earlier one, as with replicas. Default: 0.
 * - `latencyMs`: round-trip time of an HTTP request, half of it before the request is carried out. Default: 0.
 * - `rateLimitPerSecond`: limit of the account. Default: 0, no limit. `retryAfter`: whether a throttled response has a
 *   `Retry-After` header. Default: true.
 * - `releasedNics`: what happens to the secondary vNICs of a released instance, `DELETE` (default) or `FREE`.
 * - `maxNicsPerInstance` (default 8), `fullInstanceCode`: the limit, and the error code of an attach that exceeds it.
 * - `freeNicDetachCode`: the error code of a detach of a free vNIC.
 * - `seed`: seed of all random numbers. Default: 1.
 */
export type WorldSettings = v.InferOutput<typeof settings>;
/** A valid world with its defaults. */
export type World = v.InferOutput<typeof world>;
/** A world as input. All parts are optional. */
export type WorldInput = v.InferInput<typeof world>;

/**
 * Validates a world: its schema, its IDs and its consistency.
 * @param leaving IDs of vNICs that are `DETACHING` from an instance that no longer exists
 * @throws InvalidInputError with all issues
 */
export function parseWorld(value: unknown, leaving: ReadonlySet<string> = new Set()): World {
  const parsed = check(world, value, 'The world');
  const issues = inconsistencies(parsed, leaving);
  if (issues.length > 0) throw new InvalidInputError('The world', issues);
  return parsed;
}

/** An example world: two instances with their primary vNICs, one attached vNIC and two free ones. */
export const EXAMPLE_WORLD: WorldInput = {
  instances: [
    { instanceId: 'ins-web-1', instanceName: 'web-1', zoneId: 'asia-east-1a', status: 'RUNNING' },
    { instanceId: 'ins-web-2', instanceName: 'web-2', zoneId: 'asia-east-1a', status: 'RUNNING' },
  ],
  nics: [
    primary('nic-web-1-primary', 'ins-web-1'),
    primary('nic-web-2-primary', 'ins-web-2'),
    { ...secondary('nic-backup', 'USED'), instanceId: 'ins-web-2' },
    secondary('nic-storage', 'AVAILABLE'),
    secondary('nic-spare', 'AVAILABLE'),
  ],
  credentials: [{ accessKeyId: 'example', accessKeyPassword: 'not-a-real-password' }],
};

function primary(nicId: string, instanceId: string) {
  return { nicId, regionId: 'asia-east-1', status: 'USED', nicType: 'Primary', instanceId } as const;
}

function secondary(nicId: string, status: string) {
  return { nicId, regionId: 'asia-east-1', status, nicType: 'Secondary' } as const;
}
