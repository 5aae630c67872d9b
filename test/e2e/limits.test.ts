import { deployLimited } from '../load/limited';
import type { RunnerName } from '../load/limited';
import { describeWithTerraform } from '../support/terraform';

/** `npm run limits` deploys 50. With fewer attachments, the first throttled requests are a larger share. */
const ATTACHMENTS: Readonly<Record<RunnerName, number>> = { provider: 12, 'local-exec': 6 };

describeWithTerraform('an account limited to five requests per second', () => {
  test('is deployed to by both runners with few throttled requests', async () => {
    const runners = Object.entries(ATTACHMENTS) as [RunnerName, number][];
    const results = await Promise.all(
      runners.map(([runner, attachments]) => deployLimited(runner, { rate: 5, attachments, pipelines: 1 })),
    );
    for (const { command, codes, converged, total, requests, throttled } of results.flat()) {
      expect([command, ...codes, converged]).toEqual([command, 0, total]);
      expect(requests).toBeLessThan(total * 10);
      expect(throttled / requests).toBeLessThan(0.25);
    }
  });
});
