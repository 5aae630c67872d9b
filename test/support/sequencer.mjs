import Sequencer from '@jest/test-sequencer';

/** The suites that start the most processes, by their time. The others follow in Jest's own order. */
const FIRST = [
  'e2e/together',
  'e2e/provider-runner',
  'languages/languages',
  'e2e/quickstart',
  'e2e/local-exec',
  'compat/node',
  'chaos/chaos',
  'e2e/',
  'review/',
  'property/',
];

const rank = ({ path }) => {
  const index = FIRST.findIndex((each) => path.includes(`/test/${each}`));
  return index === -1 ? FIRST.length : index;
};

/** Starts long suites first, so that none runs alone at the end. Without a cache, Jest knows only the sizes of files. */
export default class LongestFirst extends Sequencer {
  sort(tests) {
    return [...super.sort(tests)].sort((a, b) => rank(a) - rank(b));
  }
}
