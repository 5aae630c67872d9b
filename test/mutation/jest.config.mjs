import base from '../../jest.config.mjs';

// The tests that judge a mutant: no child process, no Terraform, no build.
export default {
  ...base,
  rootDir: '../..',
  roots: ['<rootDir>/test/handler', '<rootDir>/test/zec'],
  testTimeout: 15_000,
  maxWorkers: 1,
};
