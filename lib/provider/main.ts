import { serve } from '../plugin/serve';

serve(async () => (await import('./definition.js')).zecProvider).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
});
