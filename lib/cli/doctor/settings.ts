import { statSync } from 'node:fs';
import { join } from 'node:path';
import { readWholeFile } from '../../zec/credentials-file';
import { resolveEndpoint, resolveSettings, SettingsError } from '../../zec/settings';
import type { ZecEndpoint, ZecSettings } from '../../zec/settings';
import { fail, ok, warn } from './finding';
import type { Finding, Outcome } from './finding';

type Environment = Readonly<Record<string, string | undefined>>;

export interface SettingsFindings {
  readonly findings: readonly Finding[];
  readonly endpoint: ZecEndpoint | undefined;
  readonly settings: ZecSettings | undefined;
}

/** Each setting, where it came from, and whether it can be used. */
export function checkSettings(env: Environment, homeDir: string): SettingsFindings {
  const endpoint = attempt(() => resolveEndpoint(env));
  const warnings: string[] = [];
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
  const at = (id: string, title: string, outcome: Outcome): Finding => ({ id, title, ...outcome });
  return {
    endpoint: endpoint.value,
    settings: settings.value,
    findings: [
      at(
        'endpoint',
        'Endpoint',
        endpoint.value === undefined ? refused(endpoint.error) : shownEndpoint(endpoint.value),
      ),
      at(
        'credentials',
        'Credentials',
        settings.value !== undefined
          ? shownCredentials(settings.value)
          : endpoint.value === undefined
            ? { verdict: 'skip', detail: 'not checked, because the endpoint cannot be used' }
            : refused(settings.error),
      ),
      ...warnings.map((text) => at('credentials', 'Credentials', warn(...split(text)))),
      at('credentials-file', 'Credential file', checkFile(homeDir)),
    ],
  };
}

function shownEndpoint({ scheme, domain, clientTimeoutMs, sources }: ZecEndpoint): Outcome {
  const from = [
    `domain: ${sources.domain}`,
    `scheme: ${sources.scheme}`,
    `timeout: ${sources.clientTimeout}`,
  ];
  return ok(`${scheme}://${domain}, ${clientTimeoutMs / 1000} s for a request (${from.join(', ')})`);
}

function shownCredentials({ credentials, sources }: ZecSettings): Outcome {
  const what =
    credentials.kind === 'token'
      ? 'a bearer token'
      : `access key ${masked(credentials.accessKeyId)} with its password`;
  return ok(`${what}, from ${sources.credentials}`);
}

/** Enough to tell two keys apart. */
function masked(id: string): string {
  return id.length < 12 ? '****' : `${id.slice(0, 4)}****`;
}

function checkFile(homeDir: string): Outcome {
  const shown = '~/.zenlayer/credentials.json';
  if (homeDir === '') return ok('no home directory, so none');
  const file = statOf(join(homeDir, '.zenlayer', 'credentials.json'));
  if (file === undefined) return ok(`there is no ${shown}`);
  if (process.platform === 'win32') return ok(`${shown} is there; this system has no mode bits`);
  if ((file.mode & 0o077) !== 0) {
    const mode = (file.mode & 0o777).toString(8);
    return warn(`${shown} can be read or changed by other users (mode ${mode})`, `Run "chmod 600 ${shown}".`);
  }
  const folder = statOf(join(homeDir, '.zenlayer'));
  if (folder !== undefined && (folder.mode & 0o022) !== 0) {
    return warn(
      '~/.zenlayer can be changed by other users, who could replace the file',
      'Run "chmod 700 ~/.zenlayer".',
    );
  }
  return ok(`${shown} is yours alone (mode 600)`);
}

function statOf(path: string): { readonly mode: number } | undefined {
  return statSync(path, { throwIfNoEntry: false });
}

function attempt<T>(resolve: () => T): { readonly value?: T; readonly error: SettingsError | undefined } {
  try {
    return { value: resolve(), error: undefined };
  } catch (error) {
    if (error instanceof SettingsError) return { error };
    throw error;
  }
}

function refused(error: SettingsError | undefined): Outcome {
  return fail(...split(error?.message ?? ''));
}

/** The sentence that says what is wrong, and those that say what to do. */
function split(message: string): [detail: string, fix: string] {
  const end = message.search(/\. (?=[A-Z])|: (?=set )/);
  if (end < 0) return [message, 'Set it right, or unset it.'];
  const fix = message.slice(end + 2);
  return [message.slice(0, end), fix.charAt(0).toUpperCase() + fix.slice(1)];
}
