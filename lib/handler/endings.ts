import type { ZecError } from '../zec/errors';
import { ZecNetworkError } from '../zec/errors';
import type { Decision, Goal } from './decide';
import type { OperationErrorDetails } from './errors';

/** What an operation that failed says of its end, apart from what is said of each. */
export type Ending = Pick<OperationErrorDetails, 'reason' | 'summary' | 'advice' | 'cause' | 'heldBy'>;

/** What was decided against, from what both ends showed. */
export function refusedByDecision({ summary, advice, heldBy }: Decision & { kind: 'fail' }): Ending {
  return { reason: 'refused', summary, advice, heldBy };
}

/** The API answered with an error that repeating would not change, or never answered. */
export function refusedByApi(error: ZecError): Ending {
  return {
    reason: 'api',
    // A sentence goes on behind it.
    summary: error.message.replace(/\.$/, ''),
    advice: error.advice ?? adviceFor(error),
    cause: error,
  };
}

function adviceFor(error: ZecError): string {
  return error instanceof ZecNetworkError
    ? 'Check ZENLAYERCLOUD_DOMAIN and the network of this machine.'
    : 'Follow the API’s words, or ask its support with the requestId.';
}

/** @param shown what the last look that succeeded showed; empty while there was none */
export function timedOut(timeoutMs: number, shown: string): Ending {
  const state = shown === '' ? 'the API could not be asked' : `the last look showed: ${shown}`;
  return {
    reason: 'timeout',
    summary: `not converged within ${Math.round(timeoutMs / 1000)} s; ${state}`,
    advice:
      'Check both in the console, then run it again, with a longer timeout if the change is still under way.',
  };
}

/** @param shown what the last look that succeeded showed; empty while there was none */
export function interrupted(goal: Goal, shown: string): Ending {
  const state = shown === '' ? 'nothing had been seen yet' : `the last look showed: ${shown}`;
  return {
    reason: 'interrupted',
    summary: `interrupted; ${state}`,
    advice:
      goal === 'attach' ? 'Run it again to finish, or destroy the attachment.' : 'Run it again to finish.',
  };
}
