import { randomBytes } from 'node:crypto';
import type { Target } from '../../handler';
import type { ZecClient } from '../../zec/client';
import { ZecApiError } from '../../zec/errors';
import { parseInstanceId, parseNicId } from '../../zec/ids';
import { ENABLE_AGENT, MAX_IDS_PER_REQUEST } from '../../zec/types';
import type { Accepted, Action, CallOptions, InstanceInfo, Page } from '../../zec/types';
import { fail, ok, warn, type CheckResult } from './finding';

const NOT_FOUND = new Set([
  'INVALID_NIC_NOT_FOUND',
  'INVALID_INSTANCE_NOT_FOUND',
  'OPERATION_FAILED_RESOURCE_NOT_FOUND',
  'OPERATION_DENIED_NIC_NOT_EXIST_INSTANCE',
]);

/** Checks whether the API accepts the credentials. A denied permission is reported by the check of its action. */
export async function checkSignature(client: ZecClient, signal: AbortSignal): Promise<CheckResult> {
  try {
    await client.describeInstances({ pageSize: 1 }, { signal });
  } catch (error) {
    if (!(error instanceof ZecApiError) || isCredentialError(error)) throw error;
  }
  return ok('the API accepts the credentials');
}

export const CHECKED_ACTIONS = [
  'DescribeNetworkInterfaces',
  'DescribeInstances',
  'AttachNetworkInterface',
  'DetachNetworkInterface',
] as const;

export function checkAction(
  client: ZecClient,
  action: (typeof CHECKED_ACTIONS)[number],
  signal: AbortSignal,
): Promise<CheckResult> {
  const options = { signal };
  switch (action) {
    case 'DescribeNetworkInterfaces':
      return checkRead(action, client.describeNetworkInterfaces({ pageSize: 1 }, options));
    case 'DescribeInstances':
      return checkInstances(client.describeInstances({ pageSize: MAX_IDS_PER_REQUEST }, options));
    case 'AttachNetworkInterface':
      return checkMutation(client, action, options, (ids) => client.attachNetworkInterface(ids, options));
    case 'DetachNetworkInterface':
      return checkMutation(client, action, options, ({ nicId }) =>
        client.detachNetworkInterface({ nicId }, options),
      );
  }
}

async function checkInstances(request: Promise<Page<InstanceInfo>>): Promise<CheckResult> {
  const result = await checkRead('DescribeInstances', request);
  if (result.verdict !== 'ok') return result;
  const disabled = (await request).dataSet.filter(({ enableAgent }) => enableAgent === false);
  if (disabled.length === 0) return result;
  const shown = disabled.slice(0, 3).map(({ instanceId }) => instanceId);
  const more = disabled.length > shown.length ? ` and ${disabled.length - shown.length} more` : '';
  return warn(`${result.detail}; the guest agent is disabled on ${shown.join(', ')}${more}`, ENABLE_AGENT);
}

async function checkRead(action: Action, request: Promise<Page<unknown>>): Promise<CheckResult> {
  try {
    return ok(`permitted (${(await request).totalCount} found)`);
  } catch (error) {
    if (error instanceof ZecApiError && isDenial(error)) return denied(action, error);
    throw error;
  }
}

/**
 * Checks whether a mutating action is permitted, by requesting it with IDs that do not exist.
 *
 * This is safe: attach requires an existing vNIC and instance, detach an existing vNIC. The platform generates IDs, and
 * none matches these names with 128 random bits. The actions accept neither wildcards nor lists. The request is sent
 * only after the API has confirmed that the vNIC does not exist. It leaves a rejected request in the audit log of the
 * account, which `--read-only` avoids.
 *
 * An API that looked up the vNIC has not denied the action so far. It could still check the permission afterwards, so the
 * result is "not denied" rather than "permitted".
 */
async function checkMutation(
  client: ZecClient,
  action: Action,
  options: CallOptions,
  request: (ids: Target) => Promise<Accepted>,
): Promise<CheckResult> {
  const suffix = randomBytes(16).toString('hex');
  const nicId = parseNicId(`zec-nic-doctor-no-such-vnic-${suffix}`);
  const instanceId = parseInstanceId(`zec-nic-doctor-no-such-instance-${suffix}`);
  const known = await client.describeNetworkInterfaces({ nicIds: [nicId], pageSize: 1 }, options);
  if (known.totalCount !== 0 || known.dataSet.length > 0) {
    return warn(
      'not checked: the API does not filter by ID as documented, so it cannot confirm that the test ID does not exist',
      'Report it to Zenlayer support. Attach and detach are not affected: they verify each ID in a response.',
    );
  }
  try {
    const { requestId } = await request({ nicId, instanceId });
    return warn(
      `accepted for a vNIC that does not exist (requestId ${requestId})`,
      'Nothing can have changed, but the API contradicts its documentation: report it to Zenlayer support.',
    );
  } catch (error) {
    if (!(error instanceof ZecApiError)) throw error;
    if (NOT_FOUND.has(error.code)) return ok(`not denied: the API looked up the vNIC (${error.code})`);
    if (isDenial(error)) return denied(action, error);
    if (isCredentialError(error)) throw error;
    return warn(
      `unknown: ${error.message}`,
      'Retry later. If it persists, check the account’s permissions in the Zenlayer console.',
    );
  }
}

function denied(action: Action, error: ZecApiError): CheckResult {
  return fail(
    `not permitted: ${error.code} (requestId ${error.requestId ?? 'none'})`,
    `Grant the user of the access key the permission for ${action} in the Zenlayer console.`,
  );
}

/** Whether the permission is denied. Some actions also return 403 when a resource status does not allow the change. */
function isDenial({ code, httpStatus }: ZecApiError): boolean {
  if (/UNAUTHORIZED_OPERATION|FORBIDDEN|ACCESS_DENIED|NO_PERMISSION/.test(code)) return true;
  return httpStatus === 403 && !/^(?:INVALID_|OPERATION_DENIED_(?:INSTANCE|NIC)_)/.test(code);
}

function isCredentialError(error: ZecApiError): boolean {
  return !isDenial(error) && (error.code.startsWith('AUTHFAILURE') || error.httpStatus === 401);
}
