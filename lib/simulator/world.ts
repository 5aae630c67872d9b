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

/** The largest `describeLagMs`: ten minutes. */
export const MAX_LAG_MS = 600_000;
const MAX_LATENCY_MS = 60_000;
const MAX_DURATION_MS = 86_400_000;
/** With an instance, and without one; in all other statuses both are possible. */
export const HELD: ReadonlySet<string> = new Set(['USED', 'ATTACHING', 'DETACHING']);
const FREE: ReadonlySet<string> = new Set(['AVAILABLE', 'CREATE_FAILED']);

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

const instance = entry({
  instanceId: id(parseInstanceId),
  zoneId: pattern(/^[a-z][a-z0-9-]{0,60}\d[a-z]$/, 'must be a zone, e.g. "asia-east-1a"'),
  status: status(INSTANCE_STATUSES),
  instanceName: name,
  guestAgent: flag,
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
  nicSubnetType: v.optional(oneOf(['IPv4', 'IPv4_IPv6', 'IPv6'])),
  publicIpList: addresses,
  privateIpList: addresses,
  primaryIpv4: short,
  primaryIpv6: short,
  ipv6Cidr: short,
  secondaryIpv4s: addresses,
  macAddress: short,
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
  rateLimitPerSecond: v.optional(number(0, 1_000_000), 0),
  seed: v.optional(wholeNumber(0, Number.MAX_SAFE_INTEGER), 1),
});

const world = object({
  instances: v.optional(list(instance, 10_000), () => []),
  nics: v.optional(list(nic, 50_000), () => []),
  credentials: v.optional(list(credential, 100), () => []),
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
 * `describeLagMs` is the age of the data of a Describe; with [shortest, longest] it is drawn for each request, so that
 * an earlier read may show newer data than a later one, as with replicas.
 * `rateLimitPerSecond` is of the whole account; 0 is no limit. `latencyMs` is the round trip that HTTP adds to every
 * request of the API, half before it is carried out and half after.
 */
export type WorldSettings = v.InferOutput<typeof settings>;
/** All there is: a world file after it was checked and its defaults filled in. */
export type World = v.InferOutput<typeof world>;
/** A world as a person writes it. Every part may be left out. */
export type WorldInput = v.InferInput<typeof world>;

/**
 * Checks a world: its shape, its ids, and that it is possible.
 * @param leaving ids of vNICs that are `DETACHING` from an instance that is gone already
 * @throws InvalidInputError naming the path of every mistake
 */
export function parseWorld(value: unknown, leaving: ReadonlySet<string> = new Set()): World {
  const parsed = check(world, value, 'The world');
  const issues = [
    ...usedTwice('instances', 'instanceId', parsed.instances),
    ...usedTwice('nics', 'nicId', parsed.nics),
    ...usedTwice('credentials', 'accessKeyId', parsed.credentials),
    ...usedTwice('credentials', 'token', parsed.credentials),
    ...overfull(parsed),
    ...wronglyHeld(parsed, leaving),
  ];
  if (issues.length > 0) throw new InvalidInputError('The world', issues);
  return parsed;
}

/** The region of a zone: `asia-east-1a` lies in `asia-east-1`. */
export function regionOf(zoneId: string): string {
  return zoneId.slice(0, -1);
}

function usedTwice<Key extends string>(
  part: string,
  key: Key,
  entries: readonly Readonly<Partial<Record<Key, string | undefined>>>[],
): string[] {
  const first = new Map<string, number>();
  return entries.flatMap((entry, index) => {
    const value = entry[key];
    if (value === undefined) return [];
    const before = first.get(value) ?? index;
    first.set(value, before);
    return before === index ? [] : [`${part}[${index}].${key}: the same as ${part}[${before}].${key}`];
  });
}

function overfull({ instances, nics }: World): string[] {
  const heldBy = new Map(instances.map(({ instanceId }) => [instanceId, [] as WorldNic[]]));
  for (const nic of nics) if (nic.instanceId !== undefined) heldBy.get(nic.instanceId)?.push(nic);
  return instances.flatMap(({ instanceId }, index) => {
    const held = heldBy.get(instanceId) ?? [];
    const primary = held.filter(({ nicType }) => nicType === 'Primary').length;
    const issues = [
      ...(held.length > MAX_NICS_PER_INSTANCE
        ? [`holds ${held.length} vNICs, at most ${MAX_NICS_PER_INSTANCE} are possible`]
        : []),
      ...(primary > 1 ? [`has ${primary} primary vNICs, one is possible`] : []),
    ];
    return issues.map((issue) => `instances[${index}] "${instanceId}": ${issue}`);
  });
}

function wronglyHeld({ instances, nics }: World, leaving: ReadonlySet<string>): string[] {
  const zones = new Map(instances.map(({ instanceId, zoneId }) => [instanceId, zoneId]));
  const issueOf = ({ nicId, instanceId, regionId, status, nicType }: WorldNic): string | undefined => {
    if (instanceId === undefined) {
      if (HELD.has(status)) return `missing, but the status is ${status}`;
      return nicType === 'Primary' ? 'missing, but a primary vNIC belongs to an instance' : undefined;
    }
    if (FREE.has(status)) return `must be absent, because the status is ${status}`;
    const zone = zones.get(instanceId);
    if (zone === undefined) {
      return leaving.has(nicId) && status === 'DETACHING'
        ? undefined
        : `there is no instance "${instanceId}"`;
    }
    return regionOf(zone) === regionId ? undefined : `the instance is in ${zone}, the vNIC in ${regionId}`;
  };
  return nics.flatMap((nic, index) => {
    const issue = issueOf(nic);
    return issue === undefined ? [] : [`nics[${index}].instanceId of "${nic.nicId}": ${issue}`];
  });
}
