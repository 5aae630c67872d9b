import { OperationError, type FailureReason } from '../handler';
import { SettingsError, ZecError } from '../zec/errors';

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

/**
 * Returns the result of `read`.
 * @throws UsageError for an error of the class `expected`, and all other errors
 */
export function orUsageError<T>(
  expected: abstract new (...args: never[]) => Error,
  read: () => T,
  prefix = '',
): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof expected)) throw error;
    throw new UsageError(`${prefix}${error.message}`, { cause: error });
  }
}

/** The command was interrupted by a signal, or because its parent process exited. */
export class InterruptedError extends Error {
  public override readonly name = 'InterruptedError';

  public constructor(cause: string) {
    super(`interrupted by ${cause}`);
  }
}

const EXIT_OF_REASON = {
  usage: EXIT.usage,
  api: EXIT.failed,
  refused: EXIT.failed,
  timeout: EXIT.timedOut,
  interrupted: EXIT.interrupted,
  failed: EXIT.failed,
} as const satisfies Record<FailureReason | 'usage' | 'failed', ExitCode>;

function reasonOf(error: unknown): keyof typeof EXIT_OF_REASON {
  if (error instanceof OperationError) return error.reason;
  if (error instanceof UsageError || error instanceof SettingsError) return 'usage';
  if (error instanceof InterruptedError) return 'interrupted';
  return error instanceof ZecError ? 'api' : 'failed';
}

export function exitCodeOf(error: unknown): ExitCode {
  const reason = reasonOf(error);
  const cause = error instanceof OperationError ? error.details.cause : error;
  const isAboutCredentials = cause instanceof ZecError && cause.code?.startsWith('AUTHFAILURE') === true;
  return reason === 'api' && isAboutCredentials ? EXIT.usage : EXIT_OF_REASON[reason];
}

export function errorText(error: unknown): string {
  const advice = error instanceof ZecError ? error.advice : undefined;
  return `error: ${messageOf(error)}${advice === undefined ? '' : `\n  What to do: ${advice}`}`;
}

export function errorJson(error: unknown): Record<string, unknown> {
  const reason = reasonOf(error);
  if (error instanceof OperationError) {
    const { goal, target, advice, leftBehind, observed, requestIds, cause } = error.details;
    const { code = null, requestId = null } = cause ?? {};
    const message = error.headline;
    return { reason, goal, ...target, message, advice, leftBehind, observed, requestIds, code, requestId };
  }
  if (error instanceof ZecError) {
    const { message, advice = null, code = null, requestId = null } = error;
    return { reason, message, advice, code, requestId };
  }
  return { reason, message: messageOf(error) };
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
