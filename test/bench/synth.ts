import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { scenario } from './scenario';
import type { Figures, Scenario } from './scenario';

const APP = join(__dirname, 'synth-app.mjs');
const COUNTS = [1, 100, 5000];

type Measured = 'wall' | 'cpu' | 'bytes';

function synth(kind: string, count: number): Promise<Figures<Measured>> {
  const { PATH, HOME, TMPDIR } = process.env;
  const output = execFileSync(process.execPath, [APP, kind, String(count)], {
    encoding: 'utf8',
    env: { PATH, HOME, TMPDIR },
    timeout: 300_000,
  });
  return Promise.resolve(JSON.parse(output) as Figures<Measured>);
}

function compare(kind: string, count: number): Scenario {
  return scenario<Measured>({
    name: `synth: ${count}, ${kind}`,
    against: 'null_resource constructs',
    metrics: {
      wall: { unit: 'ms', goal: 1.2 },
      cpu: { unit: 'ms', goal: 1.2 },
      bytes: { unit: 'bytes each' },
    },
    runs: 7,
    slow: count > 1000,
    prepare: () =>
      Promise.resolve({ baseline: () => synth('null', count), subject: () => synth(kind, count) }),
  });
}

export const SYNTH: readonly Scenario[] = ['null_resource', 'terraform_data', 'provider'].flatMap((kind) =>
  COUNTS.map((count) => compare(kind, count)),
);
