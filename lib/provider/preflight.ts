import type { Observation, Target } from '../handler';
import { decide, NO_ATTEMPTS } from '../handler/decide';
import { withoutFullStop } from '../handler/errors';
import type { ResourceContext } from '../plugin';
import { ZecError } from '../zec/errors';
import { isInRegion, type InstanceId, type NicId } from '../zec/ids';
import { ENABLE_AGENT, MAX_NICS_PER_INSTANCE, type InstanceInfo, type NicInfo } from '../zec/types';
import type { Endpoints, ProviderClient } from './client';
import { RELEASE_DELETES, type WhenStopped } from './nic-attachment-state';

export const CHECK_ID = 'Check the ID, the region and the account that the credentials belong to.';

const EFFECTS = {
  START: 'apply starts the instance, detaches the vNIC, and stops the instance again.',
  LEAVE: `apply only removes the attachment from the state, and the vNIC stays attached. ${RELEASE_DELETES}`,
};

/** Reports why apply is certain to fail. */
type ReportBlocker = (summary: string, detail: string, attribute: string) => void;
type PreflightContext = ResourceContext<ProviderClient>;

/** The result of the checks of a planned create. */
export interface CreateCheck {
  /** Why apply is certain to fail. `undefined`: it is not. */
  readonly error?: string | undefined;
  /** Whether the instance must already have room, because the plan detaches no other vNIC from it. */
  readonly needsRoom?: true | undefined;
}

/**
 * Checks a planned create against the API, and adds a warning at the attribute concerned. Problems are not errors,
 * because Terraform also plans the creation of missing resources before a destroy.
 *
 * Terraform plans a create again when it applies it, and requires the same error as in the plan. There are no more
 * warnings then.
 */
export async function checkCreate(endpoints: Endpoints, context: PreflightContext): Promise<CreateCheck> {
  const { client, diagnostics, signal } = context;
  const { applying } = client.tracker;
  const blockers: string[] = [];
  const block: ReportBlocker = (summary, detail, attribute) => {
    blockers.push(`${summary}. ${detail}`);
    if (!applying) diagnostics.warning(summary, `${detail} Apply will fail.`, [attribute]);
  };
  const needsRoom = await runChecks(context, async () => {
    if (!applying && endpoints.nicId !== undefined) checkSingle(endpoints.nicId, context);
    const seen = await (applying
      ? client.observe(endpoints, signal, 'getRecent')
      : client.preview(endpoints, signal));
    findBlockers(endpoints, seen, block);
    return applying ? undefined : checkWarnings(endpoints, seen, context);
  });
  return { ...(blockers.length > 0 && { error: blockers.join('\n') }), ...(needsRoom && { needsRoom }) };
}

/** Checks a planned delete against the API, and warns if the instance's status does not allow a detach. */
export async function checkDelete(
  target: Target,
  whenStopped: WhenStopped,
  context: PreflightContext,
): Promise<void> {
  const { client, diagnostics, signal } = context;
  const { nicId, instanceId } = target;
  if (client.tracker.applying) return;
  await runChecks(context, async () => {
    const instance = await client.recentInstance(instanceId, signal);
    checkAgent(instance, context);
    const attached = {
      nicStatus: 'USED',
      primary: false,
      owner: 'target',
      ownerId: instanceId,
      listed: true,
    } as const;
    const decision = decide('detach', { target, ...attached, instanceStatus: instance?.status }, NO_ATTEMPTS);
    if (decision.kind !== 'fail') return;
    const { summary, advice, instanceStopped } = decision;
    const mode = instanceStopped ? whenStopped : 'FAIL';
    if (!client.tracker.firstReport(`${summary} ${mode}`)) return;
    diagnostics.warning(
      summary.replace(/^i/, 'I'),
      mode === 'FAIL'
        ? `Apply will fail to detach vNIC ${nicId}, and all others that it detaches from this instance. ${advice}`
        : `when_stopped is ${mode}: for vNIC ${nicId}, and all others of this instance with that setting, ${EFFECTS[mode]}`,
    );
  });
}

/** Runs checks of a plan. API errors become warnings, except during an apply, when the operation itself reports them. */
async function runChecks<T>(
  { client, diagnostics }: PreflightContext,
  checks: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return client.canCheckPlans(diagnostics) ? await checks() : undefined;
  } catch (error) {
    if (!(error instanceof ZecError)) throw error;
    if (client.tracker.applying) return undefined;
    const detail = [withoutFullStop(error.message), error.advice].filter(Boolean).join('. ');
    diagnostics.warning('The plan could not be checked against the API', detail);
    return undefined;
  }
}

function checkSingle(nicId: NicId, { client, diagnostics }: PreflightContext): void {
  if (client.tracker.firstReport(`attach ${nicId}`)) return;
  const detail = 'A vNIC has at most one attachment. Remove one of the declarations.';
  diagnostics.warning(`Two resources of this plan attach vNIC ${nicId}`, detail, ['nic_id']);
}

function findBlockers(
  { nicId, instanceId }: Endpoints,
  { nic, instance }: Observation,
  block: ReportBlocker,
): void {
  if (nicId !== undefined) checkNic(nicId, nic, block);
  if (instanceId === undefined) return;
  if (instance === undefined) block(`Instance ${instanceId} does not exist`, CHECK_ID, 'instance_id');
  checkRegion(nic?.regionId, instance?.zoneId, block);
}

/** @returns whether the instance must have room, because the plan detaches no other vNIC from it */
async function checkWarnings(
  { instanceId }: Endpoints,
  { nic, instance }: Observation,
  context: PreflightContext,
): Promise<true | undefined> {
  if (instanceId === undefined) return undefined;
  const needsRoom = instance && (await checkInstance(instanceId, instance, context));
  // For a primary vNIC there is already a warning.
  if (nic?.instanceId !== undefined && nic.instanceId !== instanceId && nic.nicType !== 'Primary')
    await checkReleased(nic.nicId, nic.instanceId, context);
  return needsRoom;
}

function checkNic(nicId: NicId, nic: NicInfo | undefined, block: ReportBlocker): void {
  if (nic === undefined) {
    block(`vNIC ${nicId} does not exist`, CHECK_ID, 'nic_id');
  } else if (nic.nicType === 'Primary') {
    const detail =
      'A primary vNIC is created and deleted with its instance. Declare an attachment of a secondary vNIC.';
    block(`vNIC ${nicId} is a primary vNIC`, detail, 'nic_id');
  }
}

async function checkInstance(
  id: InstanceId,
  instance: InstanceInfo,
  context: PreflightContext,
): Promise<true | undefined> {
  const { tracker } = context.client;
  const warn = (summary: string, detail: string) => {
    context.diagnostics.warning(summary, detail, ['instance_id']);
  };
  if (instance.status !== 'RUNNING') {
    warn(
      `Instance ${id} is ${instance.status}`,
      'The API attaches vNICs to running instances only. Apply waits while the instance is starting, and fails if it is stopped.',
    );
  }
  checkAgent(instance, context);
  const [loadBalancer] = instance.loadBalancerIds ?? [];
  if (loadBalancer !== undefined && tracker.firstReport(`${id} ${loadBalancer}`)) {
    warn(
      `Instance ${id} is a backend of load balancer ${loadBalancer}`,
      'If the load balancer forbids it, the API refuses to attach vNICs to the instance (INVALID_NIC_LB_ASSOCIATED), and apply fails.',
    );
  }
  const listed = instance.nics.map(({ nicId }) => nicId);
  const count = () => tracker.countAfter(id, listed);
  const fits = await tracker.waitUntilQuiet(() => count() <= MAX_NICS_PER_INSTANCE, context.signal);
  if (fits === false && tracker.firstReport(id)) {
    warn(
      `Instance ${id} would hold ${count()} vNICs`,
      `An instance holds at most ${MAX_NICS_PER_INSTANCE} vNICs, including its primary, fewer on small sizes. Unless this plan detaches others from it, apply will fail for those over the limit.`,
    );
  }
  const mayBeFreed = listed.length >= MAX_NICS_PER_INSTANCE && fits !== false;
  return mayBeFreed ? undefined : true;
}

function checkAgent(
  instance: InstanceInfo | undefined,
  { client: { tracker }, diagnostics }: PreflightContext,
): void {
  if (instance?.enableAgent !== false) return;
  const summary = `The guest agent of instance ${instance.instanceId} is disabled`;
  if (tracker.firstReport(summary))
    diagnostics.warning(summary, `${ENABLE_AGENT} Otherwise apply is expected to fail.`);
}

function checkRegion(regionId: string | undefined, zoneId: string | undefined, block: ReportBlocker): void {
  if (regionId === undefined || zoneId === undefined || isInRegion(zoneId, regionId)) return;
  block(
    `vNIC and instance are in different regions: ${regionId} and ${zoneId}`,
    'A vNIC can be attached only to an instance in its own region. Use another vNIC or another instance.',
    'instance_id',
  );
}

async function checkReleased(
  nicId: NicId,
  ownerId: string,
  { client: { tracker }, diagnostics, signal }: PreflightContext,
): Promise<void> {
  const detached = await tracker.waitUntilQuiet(() => tracker.detaches(nicId, ownerId), signal);
  if (detached === false && !tracker.mayDetach(nicId, ownerId)) {
    diagnostics.warning(
      `vNIC ${nicId} is attached to instance ${ownerId}`,
      'Unless this plan detaches it from that instance, apply will fail and not modify it. Detach it first.',
      ['nic_id'],
    );
  }
}
