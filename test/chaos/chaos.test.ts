import { nullProvider } from '../support/null-provider/install';
import { describeWithTerraform } from '../support/terraform';
import { campaign } from './campaign';

// A few runs of `npm run chaos` with a fixed seed.
describeWithTerraform('real processes with faults and kills', () => {
  test('no attachment leaks, attachments of others are unchanged, and the state matches the cloud', async () => {
    const provider = await nullProvider();
    const lines: string[] = [];
    try {
      const { violations, figures } = await campaign({
        runs: 5,
        seed: 21,
        runners: ['zec-nic', 'provider', 'together', 'terraform_data', 'null_resource'],
        atOnce: 4,
        nullProvider: provider,
        print: (line) => lines.push(line),
      });
      expect(violations === 0 ? [] : lines).toEqual([]);
      expect(figures.runs).toBe(5);
      expect(Object.keys(figures.faults)).not.toEqual([]);
      expect(Object.keys(figures.kills)).not.toEqual([]);
    } finally {
      provider.remove();
    }
  });
});
