// Mutation testing: is there a test that fails when the code is changed for the worse?
// `npm run mutation`, or one folder of it: `npm run mutation -- --mutate 'lib/handler/**/*.ts'`.
// A mutant is dead as soon as one test fails: no further test of it is run.
// Where one folder alone is mutated, its own tests alone judge it: they are the quicker, and the stricter.
const only = process.argv.slice(2).flatMap((argument, index, all) => {
  const [name, value = all[index + 1] ?? ''] = argument.split('=');
  return name === '--mutate' || name === '-m' ? value.split(',') : [];
});
const folders = new Set(
  only.map((pattern) => /^!?lib\/(constructs|handler|provider|zec)\//.exec(pattern)?.[1]),
);
const [folder] = folders;
if (folders.size === 1 && folder !== undefined) process.env.ZEC_MUTATION_TESTS = folder;

export default {
  mutate: ['lib/{constructs,handler,provider,zec}/**/*.ts', '!**/index.ts', '!**/*.d.ts'],
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
