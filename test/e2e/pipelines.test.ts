import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { WorldInput, Simulator } from '../../lib/simulator';
import { startSimulator } from '../../lib/simulator';
import { BUNDLE } from '../cli/zec-nic';
import { step } from '../examples/pipelines';
import { eventually } from '../support/processes';
import { Shell } from '../support/shell';
import { describeWithTerraform } from '../support/terraform';

const example = resolve(__dirname, '../../examples/quickstart');
const NIC = 'nic-storage';

// cdktf-cli has no build of its terminal library for Node.js 24 and newer; the pipelines use 22.
const canRunCdktf = Number(process.versions.node.split('.')[0]) < 24;

(canRunCdktf ? describeWithTerraform : describe.skip)(
  'the GitHub pipeline, with real cdktf and Terraform',
  () => {
    let shell: Shell;
    let simulator: Simulator;

    beforeAll(async () => {
      const world = JSON.parse(readFileSync(join(example, 'world.json'), 'utf8')) as WorldInput;
      simulator = await startSimulator({
        world: { ...world, settings: { attachMs: [50, 100], detachMs: [50, 100] } },
      });
      const cdktf = require.resolve('cdktf-cli/bundle/bin/cdktf');
      shell = new Shell().program(
        'npx',
        `case $1 in
         cdktf) exec "${process.execPath}" "${cdktf}" "\${@:2}" ;;
         zec-nic) exec "${process.execPath}" "${BUNDLE}" "\${@:2}" ;;
       esac`,
      );
      const app = `"${process.execPath}" "${require.resolve('tsx/cli')}" "${join(example, 'main.ts')}"`;
      const context = { 'zec:carrier': 'terraform_data' };
      const config = {
        language: 'typescript',
        app,
        projectId: 'pipeline',
        sendCrashReports: 'false',
        context,
      };
      writeFileSync(join(shell.folder, 'cdktf.json'), JSON.stringify(config));
    });
    afterAll(async () => {
      await simulator.close();
      shell.close();
    });

    const file = (name: string) => readFileSync(join(shell.folder, name), 'utf8');
    const runStep = async (script: string) => {
      const { code, output } = await shell.run(script, {
        env: {
          STACK: 'quickstart',
          RUNNER_TEMP: shell.folder,
          TMPDIR: shell.folder,
          GITHUB_OUTPUT: join(shell.folder, 'output'),
          GITHUB_STEP_SUMMARY: join(shell.folder, 'summary'),
          ZENLAYERCLOUD_DOMAIN: new URL(simulator.endpoint).host,
          ZENLAYERCLOUD_SCHEME: 'http',
          ZENLAYERCLOUD_ACCESS_KEY_ID: 'quickstart',
          ZENLAYERCLOUD_ACCESS_KEY_PASSWORD: 'not-a-real-password',
          CHECKPOINT_DISABLE: '1',
          CI: '1',
        },
      });
      if (code !== 0) throw new Error(`exited with ${code}:\n${output}`);
      return output;
    };

    test('plans and reviews a pull request, and detects drift after its deploy', async () => {
      await runStep(step('review', 'Plan'));
      expect(existsSync(join(shell.folder, 'cdktf.out/stacks/quickstart/plan'))).toBe(true);
      await runStep(step('review', 'Review'));
      expect([file('output'), file('review.md')]).toEqual(['exit=10\n', expect.stringContaining(NIC)]);
      expect(simulator.cloud.requests().map(({ action }) => action)).not.toContain('AttachNetworkInterface');

      await runStep('terraform -chdir=cdktf.out/stacks/quickstart apply -input=false plan');
      await runStep(step('drift', 'Doctor'));
      await runStep(step('drift', 'Synthesize'));
      await runStep(step('drift', 'Drift'));
      expect(file('output')).toBe('exit=10\nexit=0\n');

      simulator.cloud.handle('DetachNetworkInterface', { nicId: NIC });
      await eventually('the vNIC is free', () =>
        simulator.cloud.world().nics.some(({ nicId, status }) => nicId === NIC && status === 'AVAILABLE'),
      );
      await runStep(step('drift', 'Drift'));
      expect([file('output'), file('drift.md')]).toEqual([
        'exit=10\nexit=0\nexit=12\n',
        expect.stringContaining(NIC),
      ]);
      expect(file('summary')).toContain(file('drift.md'));
    });
  },
);
