import { existsSync } from 'node:fs';
import { cliConfigFiles, cliConfigProblem, isForTofu, readCliConfig, usesTofu } from '../../cli-config';
import type { Environment } from '../../zec/settings';
import { fail, ok, warn } from './finding';
import type { CheckResult } from './finding';

/** Checks whether Terraform searches the directory of a stack, where synth writes the embedded provider. */
export function checkCliConfig(env: Environment, homeDir: string, usesProviderRunner: boolean): CheckResult {
  const { files, missing } = cliConfigFiles(env, homeDir);
  if (missing !== undefined) {
    return warn(
      `TF_CLI_CONFIG_FILE is set to ${missing}, which does not exist: Terraform prints a warning on every run`,
      'Create the file, or unset TF_CLI_CONFIG_FILE.',
    );
  }
  for (const file of files) {
    const problem = cliConfigProblem(file);
    if (problem === undefined) continue;
    const [detail, fix] = problem;
    const only = (affected: string) => warn(`${file}: ${detail}; this affects ${affected} only`, fix);
    if (!usesProviderRunner) return only('the provider runner');
    return isForTofu(file) && !usesTofu(env) ? only('OpenTofu') : fail(`${file}: ${detail}`, fix);
  }
  return ok(
    files.length === 0
      ? 'none; Terraform finds the embedded provider in the directory of the stack'
      : `${files.join(', ')}: the embedded provider is found`,
  );
}

/** Checks that the configured provider cache of Terraform exists. */
export function checkPluginCache(env: Environment, homeDir: string): CheckResult {
  const fromEnv = env.TF_PLUGIN_CACHE_DIR ?? '';
  const source = fromEnv === '' ? 'plugin_cache_dir' : 'TF_PLUGIN_CACHE_DIR';
  const configs = cliConfigFiles(env, homeDir).files.map(readCliConfig);
  const configured = configs.map((each) => (typeof each === 'string' ? undefined : each.plugin_cache_dir));
  const directory = fromEnv === '' ? configured.find((each) => typeof each === 'string') : fromEnv;
  if (directory === undefined || directory === '') return ok('none');
  if (!existsSync(directory.replace(/^\$HOME|^~/, homeDir))) {
    return fail(
      `${source} is set to ${directory}, which does not exist: Terraform reports an error on every run`,
      `Create it ("mkdir -p ${directory}"), or unset ${source}.`,
    );
  }
  return ok(
    `${directory}; it also caches the embedded provider, which is never stale because each build has its own version`,
  );
}
