import { randomBytes } from 'node:crypto';
import type { ZecClient } from '../../zec/client';
import { ZecApiError } from '../../zec/errors';
import { parseInstanceId, parseNicId } from '../../zec/ids';
import type { Action } from '../../zec/types';
import { fail, ok, warn } from './finding';
import type { Outcome } from './finding';

/** The reads that the handler, plans and status make. */
export const READS = ['DescribeNetworkInterfaces', 'DescribeInstances'] as const satisfies readonly Action[];
export const CHANGES = [
  'AttachNetworkInterface',
  'DetachNetworkInterface',
] as const satisfies readonly Action[];

const NOT_FOUND = new Set([
  'INVALID_NIC_NOT_FOUND',
  'INVALID_INSTANCE_NOT_FOUND',
  'OPERATION_FAILED_RESOURCE_NOT_FOUND',
  'OPERATION_DENIED_NIC_NOT_EXIST_INSTANCE',
]);

/** Whether the API accepts the credentials. A denied permission comes after that, and is another finding. */
export async function checkSignature(client: ZecClient, signal: AbortSignal): Promise<Outcome> {
  try {
    await client.describeInstances({ pageSize: 1 }, { signal });
  } catch (error) {
    if (!(error instanceof ZecApiError) || isCredentialError(error)) throw error;
  }
  return ok('the API accepts the credentials');
}

export async function checkRead(
  client: ZecClient,
  action: (typeof READS)[number],
  signal: AbortSignal,
): Promise<Outcome> {
  try {
    const { totalCount } =
      action === 'DescribeInstances'
        ? await client.describeInstances({ pageSize: 1 }, { signal })
        : await client.describeNetworkInterfaces({ pageSize: 1 }, { signal });
    return ok(`permitted (${totalCount} there)`);
  } catch (error) {
    if (error instanceof ZecApiError && isDenial(error)) return denied(action, error);
    throw error;
  }
}

/**
 * Whether a change is permitted, without changing anything: it is asked for with ids that cannot exist.
 *
 * Why this is safe: attach needs a vNIC and an instance that exist, detach a vNIC. The platform gives ids, and never such
 * words, made longer by 128 random bits; the API takes no wildcards and no lists here. And the request goes out only
 * after the API itself said that there is no such vNIC. What remains is a refused request in the account's audit log,
 * so `--read-only` leaves the two out.
 *
 * What it tells: an API that looked for the vNIC let the caller in. One that asks for the permission after that could
 * still refuse, so the words here say no more than was seen.
 */
export async function checkChange(
  client: ZecClient,
  action: (typeof CHANGES)[number],
  signal: AbortSignal,
): Promise<Outcome> {
  const suffix = randomBytes(16).toString('hex');
  const nicId = parseNicId(`zec-nic-doctor-no-such-vnic-${suffix}`);
  const instanceId = parseInstanceId(`zec-nic-doctor-no-such-instance-${suffix}`);
  const { totalCount, dataSet } = await client.describeNetworkInterfaces(
    { nicIds: [nicId], pageSize: 1 },
    { signal },
  );
  if (totalCount !== 0 || dataSet.length > 0) {
    return warn(
      'not asked: the API does not filter by id as documented, so an id that cannot exist could not be told from others',
      'Tell Zenlayer support; attach and detach themselves look at each id they get back.',
    );
  }
  try {
    const { requestId } =
      action === 'AttachNetworkInterface'
        ? await client.attachNetworkInterface({ nicId, instanceId }, { signal })
        : await client.detachNetworkInterface({ nicId }, { signal });
    return warn(
      `accepted for a vNIC that does not exist (requestId ${requestId})`,
      'Nothing can have changed, but this is not what the API documents: tell Zenlayer support.',
    );
  } catch (error) {
    if (!(error instanceof ZecApiError)) throw error;
    if (NOT_FOUND.has(error.code)) return ok(`let through: the API looked for the vNIC (${error.code})`);
    if (isDenial(error)) return denied(action, error);
    if (isCredentialError(error)) throw error;
    return warn(
      `not known: ${error.message}`,
      'Try again later; if it stays, look at the account’s permissions in the Zenlayer console.',
    );
  }
}

function denied(action: Action, error: ZecApiError): Outcome {
  return fail(
    `not permitted: ${error.code} (requestId ${error.requestId ?? 'none'})`,
    `Give the access key’s user the permission for ${action} in the Zenlayer console.`,
  );
}

/** The caller is known and may not do this. Some pages give 403 also to what the state of a thing does not allow. */
function isDenial({ code, httpStatus }: ZecApiError): boolean {
  if (/UNAUTHORIZED_OPERATION|FORBIDDEN|ACCESS_DENIED|NO_PERMISSION/.test(code)) return true;
  return httpStatus === 403 && !/^(?:INVALID_|OPERATION_DENIED_(?:INSTANCE|NIC)_)/.test(code);
}

function isCredentialError(error: ZecApiError): boolean {
  return !isDenial(error) && (error.code.startsWith('AUTHFAILURE') || error.httpStatus === 401);
}
