import { OperationError } from '../handler';
import { ZecError } from '../zec/errors';
import { SettingsError } from '../zec/errors';

/** Exit codes of `zec-nic`. */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  notAttached: 3,
  timedOut: 4,
  changes: 10,
  risky: 11,
  drifted: 12,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The command line or one of its inputs is invalid. */
export class UsageError extends Error {
  public override readonly name = 'UsageError';
}

/** The command was interrupted by a signal, or because its parent process exited. */
export class InterruptedError extends Error {
  public override readonly name = 'InterruptedError';

  public constructor(cause: string) {
    super(`interrupted by ${cause}`);
  }
}

export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof UsageError || error instanceof SettingsError) return EXIT.usage;
  if (error instanceof ZecError) return isCredentialError(error) ? EXIT.usage : EXIT.failed;
  if (error instanceof InterruptedError) return EXIT.interrupted;
  if (!(error instanceof OperationError)) return EXIT.failed;
  switch (error.reason) {
    case 'timeout':
      return EXIT.timedOut;
    case 'interrupted':
      return EXIT.interrupted;
    case 'api':
      return isCredentialError(error.details.cause) ? EXIT.usage : EXIT.failed;
    case 'refused':
      return EXIT.failed;
  }
}

function isCredentialError(error: ZecError | undefined): boolean {
  return error?.code?.startsWith('AUTHFAILURE') ?? false;
}

export function errorText(error: unknown): string {
  const message = `error: ${error instanceof Error ? error.message : String(error)}`;
  const advice = error instanceof ZecError ? error.advice : undefined;
  return advice === undefined ? message : `${message}\n  What to do: ${advice}`;
}

export function errorJson(error: unknown): Record<string, unknown> {
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
    const { message, advice = null, code = null, requestId = null } = error;
    return { reason: 'api', message, advice, code, requestId };
  }
  const isUsage = error instanceof UsageError || error instanceof SettingsError;
  return {
    reason: error instanceof InterruptedError ? 'interrupted' : isUsage ? 'usage' : 'failed',
    message: error instanceof Error ? error.message : String(error),
  };
}
