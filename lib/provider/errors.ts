import { OperationError } from '../handler';
import type { Diagnostic } from '../plugin';
import { ZecError } from '../zec/errors';
import { InvalidIdError } from '../zec/ids';
import { SettingsError } from '../zec/settings';

/** The diagnostic of an error that the handler, the client or the settings gave. */
export function describeError(error: unknown): Omit<Diagnostic, 'severity'> | undefined {
  if (error instanceof OperationError) {
    return { summary: withoutFullStop(error.headline), detail: error.explanation };
  }
  if (error instanceof ZecError) return { summary: withoutFullStop(error.message), detail: error.advice };
  if (error instanceof SettingsError) {
    return { summary: 'The provider’s settings cannot be used', detail: error.message };
  }
  return error instanceof InvalidIdError ? { summary: withoutFullStop(error.message) } : undefined;
}

function withoutFullStop(text: string): string {
  return text.replace(/\.$/, '');
}
