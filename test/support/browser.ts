import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { chromium } from 'playwright-core';
import type { Browser } from 'playwright-core';
import { describeWith } from './terraform';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
/** Evaluated in a child process, because Jest cannot load the package, which is an ES module. */
const ASK = 'import c from "@sparticuz/chromium"; console.log(await c.executablePath())';

/** An installed Chromium: CHROMIUM_PATH, otherwise one on the PATH. */
function ownChromium(): string | undefined {
  const named = process.env.CHROMIUM_PATH;
  if (named !== undefined && named !== '') return named;
  const folders = (process.env.PATH ?? '').split(delimiter);
  return folders
    .flatMap((folder) => NAMES.map((name) => join(folder, name)))
    .find((path) => existsSync(path));
}

const own = ownChromium();

export const describeWithChromium = describeWith('Chromium', () =>
  own === undefined
    ? process.platform === 'linux' && process.arch === 'x64'
    : spawnSync(own, ['--version']).status === 0,
);

/** Starts a headless Chromium: the installed one, otherwise the one of a development dependency. */
export async function startChromium(): Promise<Browser> {
  // The package's default arguments are for cloud functions: a single process, which ends with its first page.
  return chromium.launch({
    executablePath: own ?? chromiumInPackage(),
    args: ['--no-sandbox', '--no-zygote'],
  });
}

function chromiumInPackage(): string {
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--input-type=module', '-e', ASK], {
    cwd: resolve(__dirname, '../..'),
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return stdout.trim();
}
