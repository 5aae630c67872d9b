import { PROVIDER } from '../contract';
import type { ProviderDefinition } from '../plugin';
import { describeError, ProviderClient } from './client';
import { instance, nic, nics } from './data-sources';
import { nicAttachment } from './nic-attachment';
import { nicConvergence } from './nic-convergence';
import { providerSettings, settingsSchema } from './settings';

export const zecProvider: ProviderDefinition<typeof settingsSchema, ProviderClient> = {
  name: PROVIDER.type,
  schema: settingsSchema,
  configure: (config, context) => new ProviderClient(providerSettings(config, process.env, context)),
  describeError,
  resources: { [PROVIDER.nicAttachment]: nicAttachment, [PROVIDER.nicConvergence]: nicConvergence },
  dataSources: { [PROVIDER.nic]: nic, [PROVIDER.nics]: nics, [PROVIDER.instance]: instance },
};
