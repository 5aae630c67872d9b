import { App, TerraformOutput, TerraformStack } from 'cdktf';
import { NicAttachment } from 'cdktf-zenlayer-zec';

const app = new App();
const stack = new TerraformStack(app, 'quickstart');

const storage = new NicAttachment(stack, 'storage', {
  nicId: 'nic-storage',
  instanceId: 'ins-web-1',
});

// Everything that uses the attachment's ID waits until the vNIC and the instance agree.
new TerraformOutput(stack, 'attachment', { value: storage.id });

app.synth();
