import { App, TerraformOutput, TerraformStack } from 'cdktf';
import { NicAttachment } from 'cdktf-zenlayer-zec';

const app = new App();
const stack = new TerraformStack(app, 'quickstart');

const backend = new NicAttachment(stack, 'backend', {
  nicId: 'nic-backend',
  instanceId: 'ins-web-1',
});

// Whatever uses the attachment's id waits until vNIC and instance agree.
new TerraformOutput(stack, 'attachment', { value: backend.id });

app.synth();
