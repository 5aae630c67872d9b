import { OperationError } from '../handler';
import { ZecError } from '../zec/errors';
import { SettingsError } from '../zec/settings';
import { UsageError } from './arguments';

/** What `zec-nic` tells its caller by its exit code. */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  notAttached: 3,
  timedOut: 4,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof UsageError || error instanceof SettingsError) return EXIT.usage;
  if (error instanceof ZecError) return isCredentialError(error) ? EXIT.usage : EXIT.failed;
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
