import { serve } from '../plugin/serve';

const load = async () => (await import('./definition.js')).zecProvider;

serve(load).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
});
