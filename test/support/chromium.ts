import { hasChromium } from './browser';

/** `describe` for tests that need a browser. Without one they fail in CI, and are reported as skipped elsewhere. */
export const describeWithChromium: (name: string, tests: () => void) => void = hasChromium
  ? describe
  : process.env.CI === 'true'
    ? (name) => {
        test(`${name}: a Chromium is there`, () => {
          throw new Error('Chromium is missing; in CI the tests that need it must not be skipped');
        });
      }
    : describe.skip;
