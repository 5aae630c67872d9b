import { OperationError } from '../handler';
import { ZecError } from '../zec/errors';
import { SettingsError } from '../zec/settings-error';
import { InterruptedError } from './exit';
import { UsageError } from './usage-error';

export function errorForPeople(error: unknown): string {
  if (error instanceof UsageError) return `error: ${error.message}\nRun "zec-nic help" for the usage.`;
  if (error instanceof ZecError) {
    return [
      `error: ${error.message}`,
      ...(error.advice === undefined ? [] : [`  What to do: ${error.advice}`]),
    ].join('\n');
  }
  return `error: ${error instanceof Error ? error.message : String(error)}`;
}

export function errorForMachines(error: unknown): Record<string, unknown> {
  if (error instanceof OperationError) {
    const { reason, goal, target, advice, leftBehind, observed, requestIds, cause } = error.details;
    return {
      reason,
      goal,
      ...target,
      message: error.headline,
      advice,
      leftBehind,
      observed,
      requestIds,
      code: cause?.code ?? null,
      requestId: cause?.requestId ?? null,
    };
  }
  if (error instanceof ZecError) {
    const { message, advice, code, requestId } = error;
    return {
      reason: 'api',
      message,
      advice: advice ?? null,
      code: code ?? null,
      requestId: requestId ?? null,
    };
  }
  if (error instanceof InterruptedError) return { reason: 'interrupted', message: error.message };
  return {
    reason: error instanceof UsageError || error instanceof SettingsError ? 'usage' : 'failed',
    message: error instanceof Error ? error.message : String(error),
  };
}
