const swc = [
  '@swc/jest',
  {
    jsc: { parser: { syntax: 'typescript' }, target: 'es2022', keepClassNames: true },
    module: { type: 'commonjs' },
  },
];

export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  // The command table loads its commands by the names that they have once they are built.
  moduleNameMapper: { '^\\./commands/(.*)\\.js$': './commands/$1' },
  transform: { '^.+\\.ts$': swc },
  // For the slowest machine: tests start real processes, and none asserts a time.
  testTimeout: 240_000,
  maxWorkers: 2,
};
