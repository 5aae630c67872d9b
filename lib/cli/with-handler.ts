import { NicAttachmentHandler } from '../handler';
import type { HandlerOptions } from '../handler';
import { ZecClient } from '../zec/client';
import { systemClock } from '../zec/clock';
import { InFlightFiles } from '../zec/in-flight-files';
import { PaceFile } from '../zec/pace-file';
import type { Session } from './command';

/**
 * Calls `use` with a handler that shares rate and in-flight requests with the other processes of this user.
 * @throws SettingsError; what `use` throws
 */
export async function withHandler<T>(
  session: Session,
  options: Pick<HandlerOptions, 'batchWindowMs'>,
  use: (handler: NicAttachmentHandler) => Promise<T>,
): Promise<T> {
  const settings = session.settings();
  const client = new ZecClient(settings, { pace: new PaceFile(settings, systemClock) });
  const inFlight = new InFlightFiles(settings, systemClock);
  try {
    return await use(new NicAttachmentHandler(client, { ...options, inFlight }));
  } finally {
    await client.close();
  }
}
