import { App, TerraformOutput, TerraformStack } from 'cdktf';
import { DataZecNics, NicAttachment, ProviderRunner } from 'cdktf-zenlayer-zec';

interface Machine {
  readonly instanceId: string;
  /** vNICs by purpose. */
  readonly nics: Readonly<Record<string, string>>;
}

// One line per instance, so that a change in a code review matches the change in the plan.
const fleet: Readonly<Record<string, Machine>> = {
  'router-1': {
    instanceId: 'ins-router-1',
    nics: { inside: 'nic-router-1-inside', outside: 'nic-router-1-outside', storage: 'nic-router-1-storage' },
  },
  'router-2': {
    instanceId: 'ins-router-2',
    nics: { inside: 'nic-router-2-inside', outside: 'nic-router-2-outside' },
  },
  monitor: {
    instanceId: 'ins-monitor',
    nics: { inside: 'nic-monitor-inside' },
  },
};

const app = new App();
const stack = new TerraformStack(app, 'fleet');

new ProviderRunner(stack, 'zec');

const attachments: NicAttachment[] = [];
for (const [machine, { instanceId, nics }] of Object.entries(fleet)) {
  // One after the other: a guest names its vNICs in the order in which they are attached.
  let dependsOn: NicAttachment[] = [];
  for (const [purpose, nicId] of Object.entries(nics)) {
    const attachment = new NicAttachment(stack, `${machine}-${purpose}`, { nicId, instanceId, dependsOn });
    attachments.push(attachment);
    dependsOn = [attachment];
  }
}
const free = new DataZecNics(stack, 'free', {
  regionId: 'asia-east-1',
  status: 'AVAILABLE',
  dependsOn: attachments,
});

new TerraformOutput(stack, 'attachments', { value: attachments.map(({ id }) => id) });
new TerraformOutput(stack, 'mac-addresses', { value: attachments.map(({ macAddress }) => macAddress) });
new TerraformOutput(stack, 'free-nics', { value: free.nicIds });

app.synth();
