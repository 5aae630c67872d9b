import { project } from '../../jest.config.mjs';

// Many mutants cause endless loops, in which tests must fail early.
process.env.ZEC_MAX_WAITS = '5000';

// The tests that run against each mutant: without child processes, Terraform, builds or long campaigns.
export default {
  ...project,
  rootDir: '../..',
  roots: (process.env.ZEC_MUTATION_TESTS ?? 'constructs,handler,provider,zec')
    .split(',')
    .map((each) => `<rootDir>/test/${each}`),
  testPathIgnorePatterns: ['(limits|fuzz|request-counts|large-account)\\.test'],
  testSequencer: '<rootDir>/test/mutation/quick-first.cjs',
  testRunner: '<rootDir>/test/mutation/jest-circus-until-killed.cjs',
  testTimeout: 15_000,
  maxWorkers: 1,
};
