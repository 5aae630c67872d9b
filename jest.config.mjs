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
  // ES modules, which jest cannot load as they are.
  transform: { '^.+\\.ts$': swc, '/node_modules/(string-width|get-east-asian-width)/.+\\.js$': swc },
  transformIgnorePatterns: ['/node_modules/(?!(string-width|get-east-asian-width|strip-ansi|ansi-regex)/)'],
  // For the slowest machine: tests start real processes, and none asserts a time.
  testTimeout: 240_000,
  maxWorkers: 2,
};
