const swc = [
  '@swc/jest',
  {
    jsc: { parser: { syntax: 'typescript' }, target: 'es2022', keepClassNames: true },
    module: { type: 'commonjs' },
  },
];

/** The settings of one project. */
export const project = {
  rootDir: import.meta.dirname,
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/e2e/cdktn\\.test'],
  // The command table loads its commands by the names that they have once they are built.
  moduleNameMapper: { '^\\./commands/(.*)\\.js$': './commands/$1' },
  // ES modules, which jest cannot load as they are.
  transform: { '^.+\\.ts$': swc, '/node_modules/(string-width|get-east-asian-width)/.+\\.js$': swc },
  transformIgnorePatterns: ['/node_modules/(?!(string-width|get-east-asian-width|strip-ansi|ansi-regex)/)'],
};

/** What the constructs do under cdktf they do under cdktn: the same tests, with the one in place of the other. */
const cdktn = {
  ...project,
  displayName: 'cdktn',
  testMatch: ['**/test/constructs/*.test.ts', '**/test/e2e/cdktn.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  moduleNameMapper: { ...project.moduleNameMapper, '^cdktf$': 'cdktn' },
};

export default {
  projects: [project, cdktn],
  testSequencer: './test/support/sequencer.mjs',
  globalSetup: './test/support/temporary-folder/setup.mjs',
  globalTeardown: './test/support/temporary-folder/teardown.mjs',
  // For the slowest machine: tests start real processes, and none asserts a time.
  testTimeout: 240_000,
  // On two cores, too: most suites wait for processes.
  maxWorkers: 3,
};
