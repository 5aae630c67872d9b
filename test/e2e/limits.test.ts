import { deployLimited } from '../load/limited';
import { describeWithTerraform } from '../support/terraform';

// `npm run limits` measures more attachments; here the first few refusals weigh more.
describeWithTerraform('an account that admits five requests a second', () => {
  test.each([
    ['provider', 20],
    ['local-exec', 10],
  ] as const)('is deployed to by the %s runner without hammering it', async (runner, attachments) => {
    const commands = await deployLimited(runner, { rate: 5, attachments, pipelines: 1 });
    for (const { command, codes, converged, total, requests, refused } of commands) {
      expect([command, ...codes, converged]).toEqual([command, 0, total]);
      expect(requests).toBeLessThan(total * 10);
      expect(refused / requests).toBeLessThan(0.25);
    }
  });
});
