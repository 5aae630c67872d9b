import { ref, Token } from 'cdktf';
import { LocalExecRunner, NicAttachment } from '../../lib';
import { BUILT_IN, stackWith, synth } from './stacks';

/** The environment variables that pass the set to the convergence. */
function parts(stack: ReturnType<typeof stackWith>): readonly (readonly [name: string, value: string])[] {
  const { nic_attachment_convergence: convergence } = synth(stack).resource.terraform_data ?? {};
  const environment = convergence?.provisioner?.[0]?.['local-exec'].environment ?? {};
  const number = (name: string) => Number(name.split('_').at(-1));
  return Object.entries(environment)
    .filter(([name]) => name.startsWith('ZEC_ATTACHMENTS_'))
    .sort(([a], [b]) => number(a) - number(b));
}

const rangeOf = (value: string) => /, (\d+), (\d+)\)/.exec(value)?.slice(1).map(Number) ?? [];

test('5,000 attachments are split into parts below 100 kB, each attachment in exactly one part', () => {
  const stack = stackWith(BUILT_IN);
  const entries = Array.from({ length: 5_000 }, (_, index) => {
    const nicId = `nic-${String(index).padStart(4, '0')}-${'x'.repeat(20)}`;
    new NicAttachment(stack, nicId, { nicId, instanceId: `ins-${index >> 3}` });
    return {
      nic_id: nicId,
      instance_id: `ins-${index >> 3}`,
      create_timeout: '10m',
      construct: `net/${nicId}`,
    };
  });
  const ranges = parts(stack).map(([, value]) => rangeOf(value));
  expect(ranges.length).toBeGreaterThan(5);
  expect(ranges.flatMap(([from, to]) => entries.slice(from, to))).toEqual(entries);
  for (const [from, to] of ranges) {
    expect(Buffer.byteLength(JSON.stringify(entries.slice(from, to)))).toBeLessThan(100_000);
  }
});

test('an ID unknown at synth counts with the maximum ID length', () => {
  const longest = 'n'.repeat(128);
  const stack = stackWith(BUILT_IN);
  for (let index = 0; index < 1_000; index++) {
    const token = (name: string) => Token.asString(ref(name, stack));
    new NicAttachment(stack, `a${index}`, {
      nicId: token(`local.nic[${index}]`),
      instanceId: token('local.instance'),
    });
  }
  const entry = { nic_id: longest, instance_id: longest, create_timeout: '10m', construct: 'net/a999' };
  for (const [, value] of parts(stack)) {
    const [from = 0, to = 0] = rangeOf(value);
    expect((to - from) * (JSON.stringify(entry).length + 1)).toBeLessThan(100_000);
  }
});

test('an empty set is one part', () => {
  const stack = stackWith(BUILT_IN);
  LocalExecRunner.of(stack);
  expect(parts(stack).map(([name, value]) => [name, rangeOf(value)])).toEqual([
    ['ZEC_ATTACHMENTS_1', [0, 0]],
  ]);
});
