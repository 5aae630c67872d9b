import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nullProvider } from '../support/null-provider/install';
import { describeWithTerraform } from '../support/terraform';
import { campaign } from './campaign';
import type { CampaignOptions } from './campaign';

// A few runs of `npm run chaos` with a fixed seed.
describeWithTerraform('real processes with faults and kills', () => {
  test('no attachment leaks, attachments of others are unchanged, the state matches the cloud, and finished runs are not repeated', async () => {
    const provider = await nullProvider();
    const lines: string[] = [];
    const folder = mkdtempSync(join(tmpdir(), 'zec-chaos-'));
    try {
      const options: CampaignOptions = {
        runs: 5,
        seed: 21,
        runners: ['zec-nic', 'provider', 'together', 'terraform_data', 'null_resource'],
        atOnce: 4,
        nullProvider: provider,
        print: (line) => lines.push(line),
        progress: join(folder, 'progress.jsonl'),
      };
      const { violations, figures } = await campaign(options);
      expect(violations === 0 ? [] : lines).toEqual([]);
      expect(figures.runs).toBe(5);
      expect(Object.keys(figures.faults)).not.toEqual([]);
      expect(Object.keys(figures.kills)).not.toEqual([]);

      const told = lines.length;
      appendFileSync(options.progress ?? '', '{"seed": 26, "runn');
      expect((await campaign(options)).figures).toEqual(figures);
      expect(lines).toHaveLength(told);
    } finally {
      provider.remove();
      rmSync(folder, { recursive: true });
    }
  });
});
