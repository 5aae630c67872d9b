import { LocalExecRunner } from '../../lib';
import { nullProvider } from '../support/null-provider/install';
import type { NullProvider } from '../support/null-provider/install';
import { describeWithTerraform } from '../support/terraform';
import { lifecycleTests } from './lifecycle';

describeWithTerraform('the local-exec runner on null_resource', () => {
  let provider: NullProvider;

  beforeAll(async () => {
    provider = await nullProvider();
    process.stderr.write(`hashicorp/null is installed from ${provider.origin}\n`);
  });
  afterAll(() => provider.remove());

  lifecycleTests({
    context: { 'zec:carrier': 'null_resource' },
    keepRunner: (stack) => LocalExecRunner.of(stack),
    handlerProcess: 'zec-nic.js converge',
    afterKill: 'destroy',
    prepare: (directory) => provider.install(directory),
  });
});
