import { serve } from '../plugin/serve';
import { leaveWasmUnoptimised } from '../zec/wasm';

const load = async () => {
  const { zecProvider } = await import('./definition.js');
  leaveWasmUnoptimised();
  return zecProvider;
};

serve(load).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
});
