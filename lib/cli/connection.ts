import { connect, type Connection } from '../zec/client';
import type { Session } from './session';

/**
 * Calls `use` with access to the API, and closes its connections.
 * @throws SettingsError, and the errors of `use`
 */
export async function withConnection<T>(
  session: Session,
  use: (connection: Connection) => Promise<T>,
): Promise<T> {
  const connection = connect(session.settings());
  try {
    return await use(connection);
  } finally {
    await connection.api.close();
  }
}
