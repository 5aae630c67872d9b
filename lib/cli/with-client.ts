import { TerraformJsonError } from '../terraform';
import { ZecClient } from '../zec/client';
import { ZecError } from '../zec/errors';
import { quote } from '../zec/ids';
import { SettingsError } from '../zec/settings';
import type { Session } from './command';
import { UsageError } from './usage-error';

/**
 * Calls `use` with a client of the API.
 * @param otherwise what to do instead where the API cannot be asked, told on stderr; empty for nothing
 */
export async function withClient<T>(
  session: Session,
  otherwise: string,
  use: (client: ZecClient) => Promise<T>,
): Promise<T> {
  try {
    const client = new ZecClient(session.settings());
    try {
      return await use(client);
    } finally {
      await client.close();
    }
  } catch (error) {
    const unreachable = error instanceof ZecError || error instanceof SettingsError;
    if (unreachable && otherwise !== '') session.err(`${otherwise}\n`);
    throw error;
  }
}

/** Names the input in the errors of reading it. */
export function asUsage<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof TerraformJsonError)) throw error;
    throw new UsageError(`${path === '-' ? 'stdin' : quote(path)}: ${error.message}`, { cause: error });
  }
}
