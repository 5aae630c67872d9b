import { ProviderRunner, Convergence } from '../../lib';
import { describeWithTerraform } from '../support/terraform';
import { lifecycleTests } from './lifecycle';

describeWithTerraform('the provider runner, converging together', () => {
  lifecycleTests({
    context: { 'zec:runner': 'provider' },
    keepRunner: (stack) => new ProviderRunner(stack, 'zec', { convergence: Convergence.TOGETHER }),
    handlerProcess: 'terraform-provider-zec',
    afterKill: 'apply',
  });
});
