const process = require('node:process');
const { createEmptyTestResult } = require('@jest/test-result');
const { default: circus } = require('jest-circus/runner');

const mutant = () => process.env.__STRYKER_ACTIVE_MUTANT__;

/** The mutant that was last killed by a test in this process. */
let killed;
/** The names of the tests in each file, known after its first run. */
const namesOf = new Map();

/** Runs a file's tests like Jest, but stops when the mutant is killed, and skips files without a relevant test. */
module.exports = async function untilKilled(global, config, environment, runtime, path, ...rest) {
  if (mutant() === undefined) return circus(global, config, environment, runtime, path, ...rest);
  const relevant = new RegExp(global.testNamePattern || '', 'i');
  const isNeeded = namesOf.get(path)?.some((name) => relevant.test(name)) ?? true;
  if (killed === mutant() || !isNeeded) return skipped(path);

  const handle = environment.handleTestEvent?.bind(environment);
  environment.handleTestEvent = async (event, state) => {
    await handle?.(event, state);
    if (event.name === 'test_done' && event.test.errors.length > 0) killed = mutant();
    if (event.name === 'test_start' && killed === mutant()) event.test.mode = 'skip';
  };
  const result = await circus(global, config, environment, runtime, path, ...rest);
  namesOf.set(
    path,
    result.testResults.map(({ fullName }) => fullName),
  );
  return result;
};

/** A result for Jest, which treats a file without tests as an error. */
function skipped(path) {
  const test = { title: path, fullName: path, ancestorTitles: [], status: 'pending', failureMessages: [] };
  return {
    ...createEmptyTestResult(),
    testFilePath: path,
    skipped: true,
    numPendingTests: 1,
    testResults: [test],
  };
}
