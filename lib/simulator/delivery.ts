import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer, Page } from './answers';

const FILLER = Buffer.alloc(64 * 1024, 'x');

/**
 * Puts an answer on the wire, or does to the connection what a fault rule asks for.
 * @param nowMs the time of the cloud, which the `Date` header tells
 * @param signal ends the wait before a late answer
 */
export async function deliver(
  answer: Answer,
  response: ServerResponse,
  nowMs: number,
  signal: AbortSignal,
): Promise<void> {
  if (answer.delayMs > 0) await sleep(answer.delayMs, undefined, { signal });
  const { socket } = response;
  switch (answer.kind) {
    case 'hang':
      return;
    case 'reset':
      socket?.resetAndDestroy();
      return;
    case 'drop-after-apply':
      socket?.destroy();
      return;
    case 'malformed':
      await sendPage(answer.page, response);
      return;
    case 'answer': {
      const text = JSON.stringify(answer.body);
      response.writeHead(answer.status, {
        ...answer.headers,
        'content-type': 'application/json; charset=utf-8',
        'content-length': Buffer.byteLength(text),
        date: new Date(nowMs).toUTCString(),
        ...(response.req.complete ? {} : { connection: 'close' }),
      });
      response.end(text);
    }
  }
}

async function sendPage(page: Page, response: ServerResponse): Promise<void> {
  response.writeHead(page.status, { ...page.headers });
  await pipeline(Readable.from(parts(page)), response);
}

function* parts({ text, padding = 0, tail = '' }: Page): Generator<Buffer> {
  yield Buffer.from(text);
  for (let left = padding; left > 0; left -= FILLER.length) yield FILLER.subarray(0, left);
  if (tail !== '') yield Buffer.from(tail);
}
