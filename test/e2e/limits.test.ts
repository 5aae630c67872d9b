import { deployLimited } from '../load/limited';
import type { RunnerName } from '../load/limited';
import { describeWithTerraform } from '../support/terraform';

/** `npm run limits` measures fifty attachments; with fewer the first few refusals weigh more. */
const ATTACHMENTS: Readonly<Record<RunnerName, number>> = { provider: 12, 'local-exec': 6 };

describeWithTerraform('an account that admits five requests a second', () => {
  test('is deployed to by both runners without being hammered', async () => {
    const runners = Object.entries(ATTACHMENTS) as [RunnerName, number][];
    const both = await Promise.all(
      runners.map(([runner, attachments]) => deployLimited(runner, { rate: 5, attachments, pipelines: 1 })),
    );
    for (const { command, codes, converged, total, requests, refused } of both.flat()) {
      expect([command, ...codes, converged]).toEqual([command, 0, total]);
      expect(requests).toBeLessThan(total * 10);
      expect(refused / requests).toBeLessThan(0.25);
    }
  });
});
