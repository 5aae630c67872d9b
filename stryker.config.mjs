// Mutation testing: is there a test that fails when the handler or the client is changed for the worse?
// `npm run mutation`, or one folder of it: `npm run mutation -- --mutate 'lib/handler/**/*.ts'`.
export default {
  mutate: ['lib/handler/**/*.ts', 'lib/zec/**/*.ts', '!**/index.ts', '!**/*.d.ts'],
  testRunner: 'jest',
  jest: { configFile: 'test/mutation/jest.config.mjs' },
  coverageAnalysis: 'perTest',
  concurrency: 2,
  timeoutMS: 8_000,
  reporters: ['clear-text', 'progress-append-only', 'json', 'html'],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  jsonReporter: { fileName: 'reports/mutation/mutation.json' },
  htmlReporter: { fileName: 'reports/mutation/mutation.html' },
  incrementalFile: 'reports/mutation/incremental.json',
  tempDirName: '.stryker-tmp',
  ignorePatterns: ['dist', 'build', 'examples', 'reports', '**/cdktf.out'],
  thresholds: { high: 95, low: 90, break: 85 },
};
