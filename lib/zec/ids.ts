import { ID_PATTERN, ID_FORMAT } from '../contract';

/** The ID of a vNIC, as the API returns it. */
export type NicId = string & { readonly __kind: 'vNIC' };

/** The ID of an instance, as the API returns it. */
export type InstanceId = string & { readonly __kind: 'instance' };

/** The ID of an attachment: `nicId:instanceId`. */
export type AttachmentId = `${NicId}:${InstanceId}`;

/** An ID is malformed. The message quotes it, escaped and truncated. */
export class InvalidIdError extends Error {
  public constructor(what: 'vNIC' | 'instance', value: string) {
    super(`Invalid ${what} ID: ${quote(value)}. An ID is ${ID_FORMAT}.`);
    this.name = 'InvalidIdError';
  }
}

/** Validates the ID of a vNIC. @throws InvalidIdError */
export function parseNicId(value: string): NicId {
  if (!ID_PATTERN.test(value)) throw new InvalidIdError('vNIC', value);
  return value as NicId;
}

/** Validates the ID of an instance. @throws InvalidIdError */
export function parseInstanceId(value: string): InstanceId {
  if (!ID_PATTERN.test(value)) throw new InvalidIdError('instance', value);
  return value as InstanceId;
}

/** Formats the ID of an attachment: `nicId:instanceId`. */
export function attachmentId(nicId: NicId, instanceId: InstanceId): AttachmentId {
  return `${nicId}:${instanceId}`;
}

/** @throws InvalidIdError if one of the IDs is malformed */
export function parseIds(nicId: string, instanceId: string) {
  return { nicId: parseNicId(nicId), instanceId: parseInstanceId(instanceId) };
}

/** Quotes a value on one line, truncated to 80 characters. */
export function quote(value: string): string {
  // JSON does not escape these control characters.
  const quoted = JSON.stringify(value.slice(0, 80)).replace(
    /[\x7f-\x9f]/g,
    (each) => `\\u00${each.charCodeAt(0).toString(16)}`,
  );
  return value.length > 80 ? `${quoted}… (${value.length} characters)` : quoted;
}

export function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}

/** Whether a zone is in a region: `asia-east-1a` is in `asia-east-1`, and `asia-east-10a` is not. */
export function isInRegion(zoneId: string | undefined, regionId: string): boolean {
  return zoneId?.startsWith(regionId) === true && !/^\d/.test(zoneId.slice(regionId.length));
}
