const { NODE_COMPILE_CACHE = '' } = process.env;

/**
 * Environment variables for the processes of a run. Half of a run's CPU time is their start: a cache of compiled code
 * (Node.js 22) lowers it.
 */
export const COMPILE_CACHE = NODE_COMPILE_CACHE === '' ? {} : { NODE_COMPILE_CACHE };
