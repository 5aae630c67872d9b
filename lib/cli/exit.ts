import { OperationError } from '../handler';
import { ZecError } from '../zec/errors';
import { SettingsError } from '../zec/settings';
import { EXIT } from './exit-codes';
import type { ExitCode } from './exit-codes';
import { UsageError } from './usage-error';

/** A signal ended it. */
export class InterruptedError extends Error {
  public constructor(signal: string) {
    super(`interrupted by ${signal}`);
    this.name = 'InterruptedError';
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
