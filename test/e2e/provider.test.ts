import { describeWithTerraform } from '../support/terraform';
import { lifecycleTests } from './lifecycle';

describeWithTerraform('the provider runner', () => {
  lifecycleTests({
    context: { 'zec:runner': 'provider' },
    keepRunner: () => undefined,
    handlerProcess: 'terraform-provider-zec',
    afterKill: 'apply',
  });
});
