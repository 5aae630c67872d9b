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

test('without a known command line, or an option in it, there are ten workers', () => {
  expect(terraformWorkers({})).toBe(10);
});
