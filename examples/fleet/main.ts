import { App, TerraformOutput, TerraformStack } from 'cdktf';
import { NicAttachment } from 'cdktf-zenlayer-zec';

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

const attachments = Object.entries(fleet).flatMap(([machine, { instanceId, nics }]) =>
  Object.entries(nics).map(
    ([purpose, nicId]) => new NicAttachment(stack, `${machine}-${purpose}`, { nicId, instanceId }),
  ),
);

new TerraformOutput(stack, 'attachments', { value: attachments.map(({ id }) => id) });

app.synth();
