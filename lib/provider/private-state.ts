/** What Terraform keeps beside an attachment's state, and shows nobody. */
export interface PrivateState {
  /** Of a planned create: the same plan removes the attachment that holds the vNIC now. */
  readonly releasedByPlan?: true;
  /** Of a tainted record: when the create failed, in milliseconds since the Unix epoch. */
  readonly failedAt?: number;
  /** Of a create that did not wait: when it ended, in milliseconds since the Unix epoch. Goes once it was seen attached. */
  readonly acceptedAt?: number;
}

export function readPrivate(bytes: Uint8Array): PrivateState {
  try {
    const value = JSON.parse(Buffer.from(bytes).toString('utf8')) as Partial<
      Record<keyof PrivateState, unknown>
    > | null;
    return {
      ...(value?.releasedByPlan === true ? { releasedByPlan: true } : {}),
      ...(typeof value?.failedAt === 'number' ? { failedAt: value.failedAt } : {}),
      ...(typeof value?.acceptedAt === 'number' ? { acceptedAt: value.acceptedAt } : {}),
    };
  } catch {
    return {};
  }
}

export function writePrivate(state: PrivateState): Uint8Array {
  return Object.keys(state).length === 0 ? new Uint8Array() : Buffer.from(JSON.stringify(state));
}
