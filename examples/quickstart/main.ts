import { App, TerraformOutput, TerraformStack } from 'cdktf';
import { NicAttachment } from 'cdktf-zenlayer-zec';

const app = new App();
const stack = new TerraformStack(app, 'quickstart');

const storage = new NicAttachment(stack, 'storage', {
  nicId: 'nic-storage',
  instanceId: 'ins-web-1',
});

// Whatever uses the attachment's id waits until vNIC and instance agree.
new TerraformOutput(stack, 'attachment', { value: storage.id });

app.synth();
