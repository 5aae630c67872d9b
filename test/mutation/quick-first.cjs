const { readFileSync, statSync } = require('node:fs');

/** Runs unit tests first, small files before large ones, so that most mutants are killed before the slow tests begin. */
module.exports = class QuickFirst {
  sort(tests) {
    const cost = ({ path }) =>
      statSync(path).size + (/\/rig'|raw-server'/.test(readFileSync(path, 'utf8')) ? 1e6 : 0);
    return [...tests].sort((a, b) => cost(a) - cost(b));
  }

  shard(tests) {
    return tests;
  }

  allFailedTests() {
    return [];
  }

  cacheResults() {}
};
