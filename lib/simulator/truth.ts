import type { InstanceId, NicId } from '../zec/ids';
import { defined } from './check';
import { addNewest, VersionedMap } from './history';
import { DELETING, difference, merged } from './patch';
import { Random } from './random';
import { FINAL_STATUS, GONE, FINAL_INSTANCE_STATUS, isTransitional, takeDue } from './transitions';
import type { Cause, Transition } from './transitions';
import { MAX_LAG_MS, parseWorld } from './world';
import type { World, WorldCredential, WorldInstance, WorldNic, WorldSettings } from './world';

/** The status of a vNIC, and the instance that holds it. */
export interface AttachmentState {
  readonly status: string;
  readonly instanceId?: InstanceId | undefined;
}

/** A change of a vNIC's status or instance. */
export interface TruthEvent {
  /** The time in ISO 8601, with milliseconds. */
  readonly time: string;
  readonly nicId: NicId;
  /** The previous state; `null` if the vNIC is new. */
  readonly from: AttachmentState | null;
  /** The new state; `null` if the vNIC was removed. */
  readonly to: AttachmentState | null;
  /** The cause. The end of an attach or detach names the request that started it. */
  readonly by: Cause;
}

/** A vNIC with the times when it was created and last changed, in milliseconds since the Unix epoch. */
export type NicState = WorldNic & { readonly createdAt: number; readonly changedAt: number };

const RELEASING = new Set(['RELEASING', 'RECYCLING']);
const MAX_EVENTS = 10_000;
const BY_PATCH: Cause = { kind: 'patch' };

/**
 * The actual state of the cloud, without the lag of reads. It has no timers: each read first completes the changes that are
 * due.
 */
export class GroundTruth {
  public readonly events: TruthEvent[] = [];
  public settings: WorldSettings;
  public credentials: readonly WorldCredential[];
  private readonly nicHistory = new VersionedMap<NicId, NicState>();
  private readonly instanceHistory = new VersionedMap<InstanceId, WorldInstance>();
  private readonly transitions = new Map<NicId, Transition>();
  private readonly instanceTransitions = new Map<InstanceId, Transition>();
  private random: Random;

  /** @param clock the time in milliseconds since the Unix epoch; it must not go back */
  public constructor(
    start: World,
    private readonly clock: () => number,
  ) {
    const now = clock();
    this.settings = start.settings;
    this.credentials = start.credentials;
    this.random = new Random(start.settings.seed, 'durations');
    for (const entry of start.instances) this.instanceHistory.set(entry.instanceId, entry, -Infinity);
    for (const nic of start.nics) {
      this.nicHistory.set(nic.nicId, { ...nic, createdAt: now, changedAt: now }, -Infinity);
      this.resume(nic, now);
    }
    this.releaseNics();
    this.events.length = 0;
  }

  /** The time of the cloud, in milliseconds since the Unix epoch. Completes the changes that are due. */
  public now(): number {
    const now = this.clock();
    for (const [nicId, { dueAt, to, by }] of takeDue(this.transitions, now)) {
      if (to === GONE) {
        this.remove(nicId, dueAt, by);
        continue;
      }
      const instanceId = to === 'USED' ? this.nicHistory.get(nicId)?.instanceId : undefined;
      this.move(nicId, { status: to, instanceId }, dueAt, by);
    }
    for (const [instanceId, { dueAt, to, by }] of takeDue(this.instanceTransitions, now)) {
      const instance = this.instanceHistory.get(instanceId);
      const next = instance && to !== GONE ? { ...instance, status: to } : undefined;
      this.instanceHistory.set(instanceId, next, dueAt);
      if (to !== GONE) continue;
      for (const nic of this.nicHistory.values(now)) {
        if (nic.instanceId === instanceId && nic.nicType === 'Primary') this.remove(nic.nicId, dueAt, by);
      }
    }
    return now;
  }

  public nic(nicId: NicId): NicState | undefined {
    this.now();
    return this.nicHistory.get(nicId);
  }

  public instance(instanceId: InstanceId): WorldInstance | undefined {
    this.now();
    return this.instanceHistory.get(instanceId);
  }

  /** The vNICs as they were `lagMs` ago. */
  public nics(lagMs = 0): NicState[] {
    return this.nicHistory.values(this.now() - Math.min(lagMs, MAX_LAG_MS));
  }

  /** The instances as they were `lagMs` ago. */
  public instances(lagMs = 0): WorldInstance[] {
    return this.instanceHistory.values(this.now() - Math.min(lagMs, MAX_LAG_MS));
  }

  /** The current world, in the form of a world file. It contains the secrets. */
  public world(): World {
    const nics = this.nics().map(({ createdAt: _, changedAt: __, ...nic }) => nic);
    return { instances: this.instances(), nics, credentials: [...this.credentials], settings: this.settings };
  }

  /**
   * Begins to attach or detach a vNIC.
   * @param failure makes it return to its old status in the end, after `afterMs` if given
   */
  public begin(
    nicId: NicId,
    state: AttachmentState & { readonly status: 'ATTACHING' | 'DETACHING' },
    by: Cause,
    failure?: { readonly afterMs?: number | undefined },
  ): void {
    const now = this.now();
    const other = state.status === 'ATTACHING' ? 'DETACHING' : 'ATTACHING';
    const to = FINAL_STATUS[failure === undefined ? state.status : other];
    this.move(nicId, state, now, by);
    this.schedule(nicId, now, to, by, failure?.afterMs);
  }

  /**
   * Begins to start, stop or release an instance.
   * @param failure makes it return to its old status in the end, after `afterMs` if given
   * @param releasedNics what happens to the secondary vNICs of a released instance
   */
  public beginInstance(
    instance: WorldInstance,
    status: keyof typeof FINAL_INSTANCE_STATUS,
    by: Cause,
    failure?: { readonly afterMs?: number | undefined },
    releasedNics = this.settings.releasedNics,
  ): void {
    const now = this.now();
    const dueAt = now + (failure?.afterMs ?? this.random.between(this.settings.instanceMs));
    const to = failure === undefined ? FINAL_INSTANCE_STATUS[status] : instance.status;
    this.instanceHistory.set(instance.instanceId, { ...instance, status }, now);
    this.instanceTransitions.set(instance.instanceId, { dueAt, to, by });
    this.releaseNics(by, releasedNics);
  }

  /** Applies a patch to the world, completely or not at all. @throws InvalidInputError with all issues */
  public patch(patch: unknown): void {
    const now = this.now();
    const before = this.world();
    const asked = merged(before, patch);
    const next = parseWorld(asked.next, asked.leaving);
    if (next.settings.seed !== before.settings.seed)
      this.random = new Random(next.settings.seed, 'durations');
    this.settings = next.settings;
    this.credentials = next.credentials;
    const instances = difference(before.instances, next.instances, (entry) => entry.instanceId);
    for (const id of instances.removed) this.setInstance(id, undefined, now);
    for (const entry of instances.changed) this.setInstance(entry.instanceId, entry, now);
    const changes = difference(before.nics, next.nics, (entry) => entry.nicId);
    for (const id of changes.removed) this.remove(id, now, BY_PATCH);
    for (const entry of changes.changed) this.change(entry, now);
    this.releaseNics();
  }

  // A patch of an instance's status cancels its transition in progress.
  private setInstance(id: InstanceId, instance: WorldInstance | undefined, now: number): void {
    if (this.instanceHistory.get(id)?.status !== instance?.status) this.instanceTransitions.delete(id);
    this.instanceHistory.set(id, instance, now);
  }

  private move(nicId: NicId, state: AttachmentState, at: number, by: Cause): void {
    const nic = this.nicHistory.get(nicId);
    if (nic !== undefined) this.put({ ...nic, ...state }, at, by);
  }

  private put(nic: NicState, at: number, by: Cause): void {
    const before = this.nicHistory.get(nic.nicId);
    this.nicHistory.set(nic.nicId, defined({ ...nic, changedAt: at }), at);
    if (!sameAttachment(before, nic)) this.record(nic.nicId, before, nic, at, by);
  }

  private change(nic: WorldNic, now: number): void {
    const before = this.nicHistory.get(nic.nicId);
    this.put({ ...nic, createdAt: before?.createdAt ?? now, changedAt: now }, now, BY_PATCH);
    if (sameAttachment(before, nic)) return;
    this.transitions.delete(nic.nicId);
    this.resume(nic, now);
  }

  private remove(nicId: NicId, at: number, by: Cause): void {
    this.record(nicId, this.nicHistory.get(nicId), undefined, at, by);
    this.nicHistory.set(nicId, undefined, at);
    this.transitions.delete(nicId);
  }

  private record(
    nicId: NicId,
    from: AttachmentState | undefined,
    to: AttachmentState | undefined,
    at: number,
    by: Cause,
  ) {
    const time = new Date(at).toISOString();
    addNewest(this.events, MAX_EVENTS, { time, nicId, from: stateOf(from), to: stateOf(to), by });
  }

  // A transitional status ends after a while, even if a patch set it.
  private resume({ nicId, status }: WorldNic, now: number, by = BY_PATCH): void {
    if (isTransitional(status)) this.schedule(nicId, now, FINAL_STATUS[status], by);
  }

  private schedule(nicId: NicId, now: number, to: string, by: Cause, afterMs?: number): void {
    const attaching = this.nicHistory.get(nicId)?.status === 'ATTACHING';
    const duration = this.random.between(attaching ? this.settings.attachMs : this.settings.detachMs);
    this.transitions.set(nicId, { dueAt: now + (afterMs ?? duration), to, by });
  }

  private releaseNics(by = BY_PATCH, releasedNics = this.settings.releasedNics): void {
    const now = this.now();
    for (const nic of this.nics()) {
      if (nic.instanceId === undefined || nic.nicType === 'Primary') continue;
      const instance = this.instanceHistory.get(nic.instanceId);
      if (instance !== undefined && !RELEASING.has(instance.status)) continue;
      const comesBack = nic.status === 'DETACHING' && this.transitions.get(nic.nicId)?.to === 'USED';
      if (nic.status !== 'USED' && nic.status !== 'ATTACHING' && !comesBack) continue;
      const deleted = releasedNics === 'DELETE' && !comesBack;
      const released = { ...nic, ...(deleted ? DELETING : { status: 'DETACHING' }) };
      this.put(released, now, by);
      this.resume(released, now, by);
    }
  }
}

function sameAttachment(a: AttachmentState | undefined, b: AttachmentState): boolean {
  return a?.status === b.status && a.instanceId === b.instanceId;
}

function stateOf(nic: AttachmentState | undefined): AttachmentState | null {
  if (nic === undefined) return null;
  const { status, instanceId } = nic;
  return defined({ status, instanceId });
}
