import { statSync } from 'node:fs';
import { join } from 'node:path';
import { resolveEndpoint, resolveSettings, SettingsError } from '../../zec/settings';
import type { Environment, ZecEndpoint, ZecSettings } from '../../zec/settings';
import { readWholeFile } from '../../zec/settings-file';
import { fail, ok, skip, warn, type CheckResult, type Finding } from './finding';

/** Checks each setting, and reports its source. */
export function checkSettings(env: Environment, homeDir: string) {
  const warnings: CheckResult[] = [];
  const endpoint = attempt(() => resolveEndpoint(env), endpointText);
  const settings = attempt(
    () =>
      resolveSettings({
        env,
        homeDir,
        warn: (text) => warnings.push(warn(...splitMessage(text))),
        // Omits the mode bits, which checkCredentialsFile checks.
        readFile: (path) => {
          const content = readWholeFile(path);
          return content && { bytes: content.bytes };
        },
      }),
    credentialsText,
  );
  const credentials =
    endpoint.value === undefined
      ? [skip('not checked, because the endpoint is invalid')]
      : [settings.result, ...warnings];
  return {
    endpoint: endpoint.value,
    settings: settings.value,
    findings: [
      { id: 'endpoint', title: 'Endpoint', ...endpoint.result },
      ...credentials.map((result) => ({ id: 'credentials', title: 'Credentials', ...result })),
      { id: 'credentials-file', title: 'Credentials file', ...checkCredentialsFile(homeDir) },
    ] satisfies Finding[],
  };
}

function attempt<T>(resolve: () => T, describe: (value: T) => string) {
  try {
    const value = resolve();
    return { value, result: ok(describe(value)) };
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return { result: fail(...splitMessage(error.message)) };
  }
}

function endpointText({ scheme, domain, clientTimeoutMs, sources }: ZecEndpoint): string {
  const from = `domain: ${sources.domain}, scheme: ${sources.scheme}, timeout: ${sources.clientTimeout}`;
  return `${scheme}://${domain}, request timeout ${clientTimeoutMs / 1000} s (${from})`;
}

function credentialsText({ credentials, sources }: ZecSettings): string {
  if (credentials.kind === 'token') return `a bearer token, from ${sources.credentials}`;
  const { accessKeyId: id } = credentials;
  // Enough to distinguish two keys.
  const masked = id.length < 12 ? '****' : `${id.slice(0, 4)}****`;
  return `access key ${masked} with its password, from ${sources.credentials}`;
}

function checkCredentialsFile(homeDir: string): CheckResult {
  const file = '~/.zenlayer/credentials.json';
  if (homeDir === '') return ok('no home directory');
  const modeOf = (...path: string[]) => statSync(join(homeDir, ...path), { throwIfNoEntry: false })?.mode;
  let mode: number | undefined;
  try {
    mode = modeOf('.zenlayer', 'credentials.json');
  } catch (error) {
    // For example, the home directory belongs to another user.
    const { code } = error as NodeJS.ErrnoException;
    return skip(`not checked: ${file} cannot be examined (${code ?? 'unknown error'})`);
  }
  if (mode === undefined) return ok(`${file} does not exist`);
  if (process.platform === 'win32') return ok(`${file} exists; its permissions are not checked on Windows`);
  if ((mode & 0o077) !== 0) {
    return warn(
      `${file} is accessible to other users (mode ${(mode & 0o777).toString(8)})`,
      `Run "chmod 600 ${file}".`,
    );
  }
  if (((modeOf('.zenlayer') ?? 0) & 0o022) !== 0) {
    return warn(
      '~/.zenlayer is writable by other users, who could replace the file',
      'Run "chmod 700 ~/.zenlayer".',
    );
  }
  return ok(`${file} is accessible to its owner only`);
}

/** Splits the message of a settings error into the problem and the fix. */
function splitMessage(message: string): [detail: string, fix: string] {
  const end = message.search(/\. (?=[A-Z])|: (?=set )/);
  if (end < 0) return [message, 'Correct or unset it.'];
  const fix = message.slice(end + 2);
  return [message.slice(0, end), fix.charAt(0).toUpperCase() + fix.slice(1)];
}
