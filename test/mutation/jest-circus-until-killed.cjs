const process = require('node:process');
const { createEmptyTestResult } = require('@jest/test-result');
const { default: circus } = require('jest-circus/runner');

const mutant = () => process.env.__STRYKER_ACTIVE_MUTANT__;

/** The mutant that a test of this process killed last. */
let killed;
/** What is known of a file of tests since it first ran: the names of its tests. */
const namesOf = new Map();

/** Runs a file's tests, as Jest does, but no more once the mutant is dead, and no file without a test that concerns it. */
module.exports = async function untilKilled(global, config, environment, runtime, path, ...rest) {
  if (mutant() === undefined) return circus(global, config, environment, runtime, path, ...rest);
  const concerns = new RegExp(global.testNamePattern || '', 'i');
  const isNeeded = namesOf.get(path)?.some((name) => concerns.test(name)) ?? true;
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

/** Jest takes a file without tests for a mistake. */
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
