// Synthesizes one stack and says what it took: node synth-app.mjs null|null_resource|terraform_data|provider COUNT
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';

const require = createRequire(import.meta.url);
const [kind, count] = [process.argv[2], Number(process.argv[3])];
const outdir = mkdtempSync(join(tmpdir(), 'zec-bench-synth-'));
const { App, TerraformStack } = require('cdktf');
const { provider, resource } = require('@cdktf/provider-null');

// Modules that both sides load are excluded from the comparison.
const startedAt = performance.now();
const cpuBefore = process.cpuUsage();
const context = kind === 'provider' ? { 'zec:runner': 'provider' } : { 'zec:carrier': kind };
const app = new App({ outdir, context: kind === 'null' ? {} : context });
const stack = new TerraformStack(app, 'bench');
if (kind === 'null') {
  new provider.NullProvider(stack, 'null');
  for (let n = 0; n < count; n++) {
    new resource.Resource(stack, `nic-${n}`, {
      triggers: { nic_id: `nic-${n}`, instance_id: `ins-${n >> 2}` },
    });
  }
} else {
  const { NicAttachment } = require('../../dist/index.js');
  for (let n = 0; n < count; n++) {
    new NicAttachment(stack, `nic-${n}`, { nicId: `nic-${n}`, instanceId: `ins-${n >> 2}` });
  }
}
app.synth();
const wall = performance.now() - startedAt;
const { user, system } = process.cpuUsage(cpuBefore);
const json = readFileSync(join(outdir, 'stacks/bench/cdk.tf.json'));
rmSync(outdir, { recursive: true });
console.log(JSON.stringify({ wall, cpu: (user + system) / 1000, bytes: json.length / count }));
