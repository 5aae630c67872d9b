import { statSync } from 'node:fs';
import { join } from 'node:path';
import { readWholeFile } from '../../zec/credentials-file';
import { resolveEndpoint, resolveSettings, SettingsError } from '../../zec/settings';
import type { ZecEndpoint, ZecSettings } from '../../zec/settings';
import type { Environment } from '../values';
import { fail, ok, skip, warn } from './finding';
import type { Finding, Outcome } from './finding';

export interface SettingsFindings {
  readonly findings: readonly Finding[];
  readonly endpoint: ZecEndpoint | undefined;
  readonly settings: ZecSettings | undefined;
}

/** Each setting, where it came from, and whether it can be used. */
export function checkSettings(env: Environment, homeDir: string): SettingsFindings {
  const warnings: string[] = [];
  const endpoint = attempt(() => resolveEndpoint(env));
  const settings = attempt(() =>
    resolveSettings({
      env,
      homeDir,
      warn: (text) => warnings.push(text),
      // Without the mode bits: they are a check of their own.
      readFile: (path) => {
        const content = readWholeFile(path);
        return content && { bytes: content.bytes };
      },
    }),
  );
  const credentials = () =>
    settings instanceof SettingsError ? fail(...split(settings.message)) : ok(shownCredentials(settings));
  const of = (id: string, title: string, outcome: Outcome): Finding => ({ id, title, ...outcome });
  const credentialFindings =
    endpoint instanceof SettingsError
      ? [skip('not checked, because the endpoint cannot be used')]
      : [credentials(), ...warnings.map((text) => warn(...split(text)))];
  return {
    endpoint: endpoint instanceof SettingsError ? undefined : endpoint,
    settings: settings instanceof SettingsError ? undefined : settings,
    findings: [
      of(
        'endpoint',
        'Endpoint',
        endpoint instanceof SettingsError ? fail(...split(endpoint.message)) : ok(shownEndpoint(endpoint)),
      ),
      ...credentialFindings.map((outcome) => of('credentials', 'Credentials', outcome)),
      of('credentials-file', 'Credential file', checkFile(homeDir)),
    ],
  };
}

function attempt<T>(resolve: () => T): T | SettingsError {
  try {
    return resolve();
  } catch (error) {
    if (error instanceof SettingsError) return error;
    throw error;
  }
}

function shownEndpoint({ scheme, domain, clientTimeoutMs, sources }: ZecEndpoint): string {
  const from = `domain: ${sources.domain}, scheme: ${sources.scheme}, timeout: ${sources.clientTimeout}`;
  return `${scheme}://${domain}, ${clientTimeoutMs / 1000} s for a request (${from})`;
}

function shownCredentials({ credentials, sources }: ZecSettings): string {
  if (credentials.kind === 'token') return `a bearer token, from ${sources.credentials}`;
  const { accessKeyId: id } = credentials;
  // Enough to tell two keys apart.
  const masked = id.length < 12 ? '****' : `${id.slice(0, 4)}****`;
  return `access key ${masked} with its password, from ${sources.credentials}`;
}

function checkFile(homeDir: string): Outcome {
  const shown = '~/.zenlayer/credentials.json';
  if (homeDir === '') return ok('no home directory, so none');
  const modeOf = (...path: string[]) => statSync(join(homeDir, ...path), { throwIfNoEntry: false })?.mode;
  const mode = modeOf('.zenlayer', 'credentials.json');
  if (mode === undefined) return ok(`there is no ${shown}`);
  if (process.platform === 'win32') return ok(`${shown} is there; this system has no mode bits`);
  if ((mode & 0o077) !== 0) {
    return warn(
      `${shown} can be read or changed by other users (mode ${(mode & 0o777).toString(8)})`,
      `Run "chmod 600 ${shown}".`,
    );
  }
  if (((modeOf('.zenlayer') ?? 0) & 0o022) !== 0) {
    return warn(
      '~/.zenlayer can be changed by other users, who could replace the file',
      'Run "chmod 700 ~/.zenlayer".',
    );
  }
  return ok(`${shown} is yours alone (mode 600)`);
}

/** The sentence that says what is wrong, and those that say what to do. */
function split(message: string): [detail: string, fix: string] {
  const end = message.search(/\. (?=[A-Z])|: (?=set )/);
  if (end < 0) return [message, 'Set it right, or unset it.'];
  const fix = message.slice(end + 2);
  return [message.slice(0, end), fix.charAt(0).toUpperCase() + fix.slice(1)];
}
