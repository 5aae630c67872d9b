// Creates the images in docs/images from a real Terraform plan: "npm run screenshots".
import { mkdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Deployment } from '../e2e/deployment';
import { startChromium } from '../support/browser';
import { planFrom, MIXED_CHANGES } from './scenarios';
import { keep, zecNic } from './zec-nic';

const FOLDER = resolve(__dirname, '../../docs/images');
const MAX_BYTES = 200_000;

async function main(): Promise<void> {
  const deployment = await Deployment.start(MIXED_CHANGES.world, {});
  const browser = await startChromium();
  try {
    const plan = keep(
      deployment,
      'plan.json',
      await planFrom(deployment, MIXED_CHANGES.before, MIXED_CHANGES.after),
    );
    // An instance is restarted between the plan and the review.
    deployment.simulator.cloud.patch({ instances: { 'ins-web-2': { status: 'REBOOT' } } });
    mkdirSync(FOLDER, { recursive: true });
    for (const [name, format, width, last] of [
      ['report', 'html', 1060, 'tbody tr:nth-child(2)'],
      ['picture', 'svg', 776, 'svg'],
    ] as const) {
      const { stdout, stderr } = await zecNic(deployment, ['review', plan, '--format', format]);
      if (stdout === '') throw new Error(stderr);
      const page = await browser.newPage({ viewport: { width, height: 1600 } });
      await page.goto(pathToFileURL(keep(deployment, `review.${format}`, stdout)).href);
      const path = join(FOLDER, `${name}.png`);
      // Crop after the last element that the README needs.
      const { y = 0, height = 0 } = (await page.locator(last).first().boundingBox()) ?? {};
      await page.screenshot({ path, clip: { x: 0, y: 0, width, height: Math.ceil(y + height) } });
      const { size } = statSync(path);
      if (size > MAX_BYTES) throw new Error(`${path} has ${size} bytes; the limit is ${MAX_BYTES}`);
      process.stdout.write(`${path}: ${Math.round(size / 1000)} kB\n`);
    }
  } finally {
    await browser.close();
    await deployment.close();
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
});
