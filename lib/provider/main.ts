import { serve } from '../plugin/serve';

void serve(async () => (await import('./definition.js')).zecProvider);
