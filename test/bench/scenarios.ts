import { CONVERGENCE } from './convergence';
import { FLEETS } from './fleets';
import { PIPELINES } from './pipelines';
import type { Scenario } from './scenario';
import { START_UP } from './start-up';

/** Everything that `npm run bench` measures, in the order of its table. */
export const SCENARIOS: readonly Scenario[] = [...START_UP, ...CONVERGENCE, ...FLEETS, ...PIPELINES];
