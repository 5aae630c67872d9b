import { App, TerraformStack } from 'cdktf';
import { NicAttachment } from '../../lib';

const stack = new TerraformStack(new App(), 'net');
new NicAttachment(stack, 'web', { nicId: 'nic-1', instanceId: 'ins-1' });
