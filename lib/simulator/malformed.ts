import type { Page } from './answers';
import type { FaultRule, MalformedVariant } from './faults';

const OVERSIZED_BYTES = 32 * 1024 * 1024;
const HTML = { 'content-type': 'text/html; charset=UTF-8' };
const JSON_TYPE = { 'content-type': 'application/json' };

/** Whether a malformed answer comes from in front of the API, so that the request never reached it. */
export function neverReachedApi(rule: FaultRule): boolean {
  const variant = rule.variant ?? 'html';
  return rule.kind === 'malformed' && (variant === 'html' || variant === 'challenge');
}

/** An answer that is not of the API's form. `proper` is what the API itself had to say, where it was asked. */
export function malformedPage(rule: FaultRule, requestId: string, proper: string): Page {
  const page = PAGES[rule.variant ?? 'html'](requestId, proper);
  return rule.status === undefined ? page : { ...page, status: rule.status };
}

const PAGES: Record<MalformedVariant, (requestId: string, proper: string) => Page> = {
  html: () => ({
    status: 200,
    headers: HTML,
    text: '<!DOCTYPE html><html><head><title>Please wait</title></head><body><h1>Please wait</h1></body></html>\n',
  }),
  challenge: () => ({
    status: 403,
    headers: { ...HTML, 'cf-mitigated': 'challenge' },
    text: '<!DOCTYPE html><html><head><title>Just a moment...</title></head><body>Checking your browser</body></html>\n',
  }),
  truncated: (_requestId, proper) => ({
    status: 200,
    headers: JSON_TYPE,
    text: proper.slice(0, Math.floor(proper.length / 2)),
  }),
  oversized: (requestId) => ({
    status: 200,
    headers: JSON_TYPE,
    text: `{"requestId":"${requestId}","response":{"requestId":"${requestId}","padding":"`,
    padding: OVERSIZED_BYTES,
    tail: '"}}',
  }),
  envelope: (requestId) => ({
    status: 200,
    headers: JSON_TYPE,
    text: JSON.stringify({ RequestId: requestId, Result: 'ok' }),
  }),
};
