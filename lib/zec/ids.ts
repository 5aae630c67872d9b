import { ID_PATTERN, ID_FORMAT } from '../contract';

/** The ID of a vNIC, as the API gives it. */
export type NicId = string & { readonly __kind: 'vNIC' };

/** The ID of an instance, as the API gives it. */
export type InstanceId = string & { readonly __kind: 'instance' };

/** The ID of an attachment: `nicId:instanceId`. */
export type AttachmentId = `${NicId}:${InstanceId}`;

/** A malformed ID. The message shows the value shortened and with control characters escaped. */
export class InvalidIdError extends Error {
  public constructor(what: 'vNIC' | 'instance', value: string) {
    super(`Invalid ${what} ID: ${quote(value)}. An ID is ${ID_FORMAT}.`);
    this.name = 'InvalidIdError';
  }
}

/** @throws InvalidIdError if `value` is malformed. */
export function parseNicId(value: string): NicId {
  if (!ID_PATTERN.test(value)) throw new InvalidIdError('vNIC', value);
  return value as NicId;
}

/** @throws InvalidIdError if `value` is malformed. */
export function parseInstanceId(value: string): InstanceId {
  if (!ID_PATTERN.test(value)) throw new InvalidIdError('instance', value);
  return value as InstanceId;
}

export function attachmentId(nicId: NicId, instanceId: InstanceId): AttachmentId {
  return `${nicId}:${instanceId}`;
}

/** @throws InvalidIdError if one of the IDs is malformed */
export function parseIds(nicId: string, instanceId: string) {
  return { nicId: parseNicId(nicId), instanceId: parseInstanceId(instanceId) };
}

/** `value` in double quotes, on one line, at most 80 characters of it. */
export function quote(value: string): string {
  return value.length > 80
    ? `${JSON.stringify(value.slice(0, 80))}… (${value.length} characters)`
    : JSON.stringify(value);
}

export function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}

/** Whether a zone lies in a region: `asia-east-1a` lies in `asia-east-1`, and `asia-east-10a` does not. */
export function isInRegion(zoneId: string | undefined, regionId: string): boolean {
  return zoneId?.startsWith(regionId) === true && !/^\d/.test(zoneId.slice(regionId.length));
}
