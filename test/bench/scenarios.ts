import { CONVERGENCE } from './convergence';
import { FLEETS } from './fleets';
import { LIMIT } from './limit';
import { LOCAL_EXEC } from './local-exec';
import { MEMORY } from './memory';
import { PIPELINES } from './pipelines';
import type { Scenario } from './scenario';
import { SIDE_BY_SIDE } from './side-by-side';
import { START_UP } from './start-up';
import { SYNTH } from './synth';

/** Everything that `npm run bench` measures, in the order of its table. */
export const SCENARIOS: readonly Scenario[] = [
  ...START_UP,
  ...MEMORY,
  ...SYNTH,
  ...LOCAL_EXEC,
  ...CONVERGENCE,
  ...FLEETS,
  ...SIDE_BY_SIDE,
  ...LIMIT,
  ...PIPELINES,
];
