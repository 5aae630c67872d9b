import { project } from '../../jest.config.mjs';

// Many a mutant loops for ever: its tests are to fail soon.
process.env.ZEC_MAX_WAITS = '5000';

// The tests that judge a mutant: no child process, no Terraform, no build, and no long campaign.
export default {
  ...project,
  rootDir: '../..',
  roots: (process.env.ZEC_MUTATION_TESTS ?? 'handler,zec').split(',').map((each) => `<rootDir>/test/${each}`),
  testPathIgnorePatterns: ['limits\\.test', 'fuzz\\.test'],
  testSequencer: '<rootDir>/test/mutation/quick-first.cjs',
  testRunner: '<rootDir>/test/mutation/jest-circus-until-killed.cjs',
  testTimeout: 15_000,
  maxWorkers: 1,
};
