import * as v from 'valibot';
import { parseInstanceId, parseNicId } from '../zec/ids';
import { INSTANCE_STATUSES, NIC_STATUSES } from '../zec/types';
import { object } from './check';

/** The largest `describeLagMs`: ten minutes. */
export const MAX_LAG_MS = 600_000;
/** The largest `latencyMs`: one minute. */
const MAX_LATENCY_MS = 60_000;
const MAX_MS = 86_400_000;

function text(maxLength = 256) {
  return v.pipe(
    v.string('must be text'),
    v.nonEmpty('must not be empty'),
    v.maxLength(maxLength, `must have at most ${maxLength} characters`),
  );
}

function pattern(expression: RegExp, message: string) {
  return v.pipe(v.string('must be text'), v.regex(expression, message));
}

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

// A status that no document knows must be possible, and a typing error must not be.
function status(known: readonly string[]) {
  return v.pipe(
    v.string('must be text'),
    v.check(
      (value) => known.includes(value) || /^FUTURE_[A-Z_]{1,50}$/.test(value),
      `must be one of ${known.join(', ')}, or FUTURE_… for a status that only a newer API has`,
    ),
  );
}

function list(maxLength: number) {
  return v.pipe(
    v.array(text(64), 'must be a list'),
    v.maxLength(maxLength, `must have at most ${maxLength} entries`),
  );
}

function wholeNumber(low: number, high: number) {
  const message = `must be a whole number from ${low} to ${high}`;
  return v.pipe(v.number(message), v.integer(message), v.minValue(low, message), v.maxValue(high, message));
}

function milliseconds(most = MAX_MS) {
  const message = 'must be [shortest, longest] in milliseconds';
  return v.pipe(
    v.strictTuple([wholeNumber(0, most), wholeNumber(0, most)], message),
    v.check(([shortest, longest]) => shortest <= longest, message),
  );
}

const instance = object({
  instanceId: id(parseInstanceId),
  zoneId: pattern(/^[a-z][a-z0-9-]{0,60}\d[a-z]$/, 'must be a zone, e.g. "asia-east-1a"'),
  status: status(INSTANCE_STATUSES),
  instanceName: v.optional(text()),
  guestAgent: v.optional(v.boolean('must be true or false')),
});

const nic = object({
  nicId: id(parseNicId),
  regionId: pattern(/^[a-z][a-z0-9-]{0,60}\d$/, 'must be a region, e.g. "asia-east-1"'),
  status: status(NIC_STATUSES),
  nicType: v.picklist(['Primary', 'Secondary'], 'must be "Primary" or "Secondary"'),
  instanceId: v.optional(id(parseInstanceId)),
  name: v.optional(text()),
  vpcId: v.optional(text()),
  subnetId: v.optional(text()),
  securityGroupId: v.optional(text()),
  nicSubnetType: v.optional(
    v.picklist(['IPv4', 'IPv4_IPv6', 'IPv6'], 'must be "IPv4", "IPv4_IPv6" or "IPv6"'),
  ),
  publicIpList: v.optional(list(64)),
  privateIpList: v.optional(list(64)),
  primaryIpv4: v.optional(text(64)),
  primaryIpv6: v.optional(text(64)),
  ipv6Cidr: v.optional(text(64)),
  secondaryIpv4s: v.optional(list(64)),
  macAddress: v.optional(text(64)),
  lbAssociated: v.optional(v.boolean('must be true or false')),
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
    (entry) =>
      (entry.accessKeyId !== undefined && entry.accessKeyPassword !== undefined) || entry.token !== undefined,
    'needs an accessKeyId and an accessKeyPassword, or a token',
  ),
  v.check(
    (entry) => entry.accessKeyPassword === undefined || entry.accessKeyId !== undefined,
    'has an accessKeyPassword and no accessKeyId',
  ),
);

const settings = object({
  attachMs: v.optional(milliseconds(), () => [300, 900] as [number, number]),
  detachMs: v.optional(milliseconds(), () => [300, 900] as [number, number]),
  describeLagMs: v.optional(
    v.union(
      [wholeNumber(0, MAX_LAG_MS), milliseconds(MAX_LAG_MS)],
      `must be a whole number from 0 to ${MAX_LAG_MS}, or [shortest, longest] of such`,
    ),
    0,
  ),
  latencyMs: v.optional(wholeNumber(0, MAX_LATENCY_MS), 0),
  rateLimitPerSecond: v.optional(
    v.pipe(
      v.number('must be a number'),
      v.minValue(0, 'must not be negative'),
      v.maxValue(1_000_000, 'must be at most 1000000'),
    ),
    0,
  ),
  seed: v.optional(wholeNumber(0, Number.MAX_SAFE_INTEGER), 1),
});

function many<Schema extends v.GenericSchema>(entry: Schema, maxLength: number) {
  return v.pipe(
    v.array(entry, 'must be a list'),
    v.maxLength(maxLength, `must have at most ${maxLength} entries`),
  );
}

export const worldSchema = object({
  instances: v.optional(many(instance, 10_000), () => []),
  nics: v.optional(many(nic, 50_000), () => []),
  credentials: v.optional(many(credential, 100), () => []),
  settings: v.optional(settings, () => ({})),
});

/**
 * An instance of the simulated account.
 * `guestAgent: false` makes attach and detach fail with `INVALID_INSTANCE_PRECHECK_ABNORMAL`.
 */
export type WorldInstance = v.InferOutput<typeof instance>;
/**
 * A vNIC of the simulated account. What is left out is made up from the id, always the same way.
 * `lbAssociated: true` makes detach fail with `INVALID_NIC_LB_ASSOCIATED`.
 */
export type WorldNic = v.InferOutput<typeof nic>;
/** Who may call: an access key id with its password, a bearer token, or both. */
export type WorldCredential = v.InferOutput<typeof credential>;
/**
 * How the cloud behaves. Times are in milliseconds; `attachMs` and `detachMs` are [shortest, longest].
 * `describeLagMs` is how old what a Describe shows is; with [shortest, longest] each request draws anew, so that an
 * earlier look may show newer data than a later one, as replicas of unequal age do.
 * `rateLimitPerSecond` is of the whole account; 0 is no limit. `latencyMs` is the round trip that HTTP adds to every
 * request of the API, half before it is carried out and half after.
 */
export type WorldSettings = v.InferOutput<typeof settings>;
/** All there is: a world file after it was checked and its defaults filled in. */
export type World = v.InferOutput<typeof worldSchema>;
/** A world as a person writes it. Every part may be left out. */
export type WorldInput = v.InferInput<typeof worldSchema>;
