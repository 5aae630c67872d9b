import { ParallelismMonitor } from '../../lib/provider/attachments';

/** Runs `count` creates, `parallelism` at a time. @returns the monitor's reports */
async function reportsFor(count: number, parallelism: number): Promise<readonly string[]> {
  const monitor = new ParallelismMonitor();
  const reports: string[] = [];
  const completions: (() => void)[] = [];
  const all: Promise<void>[] = [];
  const start = () => {
    const work = () => new Promise<void>((resolve) => completions.push(resolve));
    all.push(monitor.run(work, (message) => reports.push(message)));
  };
  for (let started = 0; started < Math.min(count, parallelism); started += 1) start();
  for (let started = parallelism; started < count; started += 1) {
    completions.shift()?.();
    await all[started - parallelism];
    start();
  }
  for (const complete of completions) complete();
  await Promise.all(all);
  return reports;
}

test.each([11, 30])('%s creates, ten at a time, are reported once', async (count) => {
  expect(await reportsFor(count, 10)).toEqual([
    expect.stringMatching(
      /^10 attachments are being created concurrently.*-parallelism=100 \(cdktf deploy --terraform-parallelism 100\) or Convergence\.TOGETHER/,
    ),
  ]);
});

test.each([
  [10, 10],
  [30, 100],
  [150, 100],
  [30, 4],
])('%s creates, %s at a time, are not reported', async (count, parallelism) => {
  expect(await reportsFor(count, parallelism)).toEqual([]);
});

test('a failed create is no longer counted', async () => {
  const monitor = new ParallelismMonitor();
  const reports: string[] = [];
  for (let index = 0; index < 30; index += 1) {
    const failing = monitor.run(
      () => Promise.reject(new Error('refused')),
      (message) => reports.push(message),
    );
    await expect(failing).rejects.toThrow('refused');
  }
  expect(reports).toEqual([]);
});
