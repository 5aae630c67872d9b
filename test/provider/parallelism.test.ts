import { Parallelism } from '../../lib/provider/attachments';

/** Creates that end when told. `parallelism` of them run at a time. */
async function reportsOf(count: number, parallelism: number): Promise<readonly string[]> {
  const watched = new Parallelism();
  const reports: string[] = [];
  const ends: (() => void)[] = [];
  const all: Promise<void>[] = [];
  const start = () => {
    const work = () => new Promise<void>((resolve) => ends.push(resolve));
    all.push(watched.run(work, (message) => reports.push(message)));
  };
  for (let begun = 0; begun < Math.min(count, parallelism); begun += 1) start();
  for (let begun = parallelism; begun < count; begun += 1) {
    ends.shift()?.();
    await all[begun - parallelism];
    start();
  }
  for (const end of ends) end();
  await Promise.all(all);
  return reports;
}

test.each([11, 30])('%s creates, ten at a time: it reports once what makes them faster', async (count) => {
  expect(await reportsOf(count, 10)).toEqual([
    expect.stringMatching(
      /^10 attachments are waiting at the same time.*-parallelism=100 \(cdktf deploy --terraform-parallelism 100\) or Convergence\.TOGETHER/,
    ),
  ]);
});

test.each([
  [10, 10],
  [30, 100],
  [150, 100],
  [30, 4],
])('%s creates, %s at a time: nothing', async (count, parallelism) => {
  expect(await reportsOf(count, parallelism)).toEqual([]);
});

test('a create that fails leaves its slot', async () => {
  const watched = new Parallelism();
  const reports: string[] = [];
  for (let index = 0; index < 30; index += 1) {
    const failing = watched.run(
      () => Promise.reject(new Error('refused')),
      (message) => reports.push(message),
    );
    await expect(failing).rejects.toThrow('refused');
  }
  expect(reports).toEqual([]);
});
