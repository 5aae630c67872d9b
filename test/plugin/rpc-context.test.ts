import { Secrets } from '../../lib/plugin/log';
import { RpcContext } from '../../lib/plugin/rpc-context';

test('the message of a gRPC status is truncated, valid Unicode and redacted', () => {
  const secrets = new Secrets();
  secrets.add(['a-secret']);
  const sink = { write: () => undefined, level: 'off', module: 'test' };
  const rpc = new RpcContext(
    { sink, secrets, describeError: undefined },
    'PlanResourceChange',
    new AbortController().signal,
  );
  const text = rpc.statusText(new Error(`a-secret \ud800 ${'x'.repeat(100_000)}`));
  expect(text).toMatch(/^\(sensitive value\) \ufffd x+$/);
  expect(text.length).toBeLessThanOrEqual(1000);
  // gRPC encodes the header like this, which throws for an unpaired surrogate.
  expect(() => encodeURI(text)).not.toThrow();
});
