import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { terraformWorkers } from '../../lib/provider/workers';

test.each<[string, Record<string, string>, number]>([
  ['terraform plan', {}, 10],
  ['terraform apply -auto-approve -parallelism=3 plan.bin', {}, 3],
  ['terraform apply --parallelism 100', {}, 100],
  ['terraform apply', { TF_CLI_ARGS: '-no-color -parallelism="2"' }, 2],
  [
    'terraform apply -parallelism=5',
    { TF_CLI_ARGS_plan: '-parallelism=4', PARALLELISM: '-parallelism=1' },
    4,
  ],
  ['terraform apply -parallelism=0 -var=x-parallelism=1', {}, 10],
  ['', {}, 10],
])('the workers of %j with %j are %i', (commandLine, env, workers) => {
  expect(terraformWorkers(env, commandLine)).toBe(workers);
});

describe('the command line of the parent process', () => {
  const { platform, ppid } = process;
  const pretend = (values: { readonly platform?: string; readonly ppid?: number }) => {
    for (const [name, value] of Object.entries(values)) Object.defineProperty(process, name, { value });
  };
  afterEach(() => {
    pretend({ platform, ppid });
  });

  // On Linux, `ps` has the options of macOS too.
  test.each([['linux'], ['darwin']])('has the workers (%s)', async (system) => {
    const script = 'process.stdout.write("."); setTimeout(() => undefined, 60_000)';
    const parent = spawn(process.execPath, ['-e', script, '--', '-parallelism', '3']);
    try {
      await once(parent.stdout, 'data');
      pretend({ platform: system, ppid: parent.pid ?? 0 });
      expect(terraformWorkers({})).toBe(3);
    } finally {
      parent.kill();
    }
  });

  test.each([['linux'], ['darwin']])('is not known if it has ended (%s)', async (system) => {
    const parent = spawn(process.execPath, ['-e', '']);
    await once(parent, 'exit');
    pretend({ platform: system, ppid: parent.pid ?? 0 });
    expect(terraformWorkers({})).toBe(10);
  });
});

test('without a known command line, or an option in it, there are ten workers', () => {
  expect(terraformWorkers({})).toBe(10);
});
