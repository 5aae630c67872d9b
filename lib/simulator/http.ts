import type { IncomingMessage, ServerResponse } from 'node:http';

/**
 * Reads the body of a request as text and as JSON. Each is `undefined` if the body is not valid as such, and both are if it
 * is longer than `maxBytes`. Rejects if the body is incomplete.
 */
export async function readBody(
  request: IncomingMessage,
  maxBytes: number,
): Promise<{ readonly text?: string; readonly json?: unknown }> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxBytes) return {};
    chunks.push(chunk);
  }
  let text: string | undefined;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.concat(chunks));
    return { text, json: JSON.parse(text) as unknown };
  } catch {
    return text === undefined ? {} : { text };
  }
}

/** Sends a JSON response. Closes the connection if the request was not read completely. */
export function sendJson(
  response: ServerResponse,
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    ...headers,
    ...(response.req.complete ? {} : { connection: 'close' }),
  });
  response.end(text);
}
