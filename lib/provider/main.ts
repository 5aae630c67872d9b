import { PROVIDER } from '../contract';
import { serve } from '../plugin';
import { ProviderClient } from './client';
import { instance, nic } from './data-sources';
import { describeError } from './errors';
import { nicAttachment } from './nic-attachment';
import { providerSettings, settingsSchema } from './settings';

serve({
  name: PROVIDER.type,
  schema: settingsSchema,
  configure: ({ config }, context) => new ProviderClient(providerSettings(config, process.env, context)),
  describeError,
  resources: { [PROVIDER.nicAttachment]: nicAttachment },
  dataSources: { [PROVIDER.nic]: nic, [PROVIDER.instance]: instance },
}).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
});
