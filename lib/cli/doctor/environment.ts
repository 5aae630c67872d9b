import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CONTEXT, PROVIDER } from '../../contract';
import { ok, warn } from './finding';
import type { Outcome } from './finding';
import type { Host } from './network';

type Environment = Readonly<Record<string, string | undefined>>;

/** What the working folder, if it holds a CDKTF app, says of its runner. */
export interface App {
  /** Where it says so; `undefined` if nothing speaks for the provider runner. */
  readonly providerRunner: string | undefined;
  /** Stacks that hold the embedded provider and others. */
  readonly mixedStacks: readonly string[];
}

export function lookAtApp(folder: string): App {
  const stacks = stacksIn(join(folder, 'cdktf.out', 'stacks'));
  const byContext = (json(join(folder, 'cdktf.json')) as { context?: Record<string, unknown> } | undefined)
    ?.context;
  const own = stacks.filter(({ sources }) => sources.some(isOurs));
  return {
    providerRunner:
      byContext?.[CONTEXT.runner] === 'provider' ? 'cdktf.json' : own[0] && `cdktf.out/stacks/${own[0].name}`,
    mixedStacks: own
      .filter(({ sources }) => sources.some((source) => !isOurs(source)))
      .map(({ name }) => name),
  };
}

/** The cdktf CLI looks for every provider in a registry after init, unless this variable is exactly `true`. */
export function checkProviderLock(env: Environment, { providerRunner, mixedStacks }: App): Outcome {
  const value = env.CDKTF_SKIP_PROVIDER_LOCK ?? '';
  if (value === 'true') return ok('CDKTF_SKIP_PROVIDER_LOCK is set');
  const state =
    value === ''
      ? 'CDKTF_SKIP_PROVIDER_LOCK is not set'
      : 'CDKTF_SKIP_PROVIDER_LOCK is not "true", which is all that counts';
  if (mixedStacks.length > 0) {
    return warn(
      `the stack ${mixedStacks.join(', ')} has other providers beside the embedded one, and ${state}`,
      'Set CDKTF_SKIP_PROVIDER_LOCK=true for "cdktf deploy" and "cdktf diff".',
    );
  }
  return ok(
    providerRunner === undefined
      ? `${state}; only stacks with the provider runner and other providers need it`
      : `${state}, and no stack here needs it`,
  );
}

/** The variables that name a proxy for this host. */
export function proxiesFor(env: Environment, { hostname }: Host, scheme: string): readonly string[] {
  const names = scheme === 'https' ? ['HTTPS_PROXY', 'https_proxy'] : ['HTTP_PROXY', 'http_proxy'];
  const bypassed = `${env.NO_PROXY ?? ''},${env.no_proxy ?? ''}`
    .split(',')
    .map((each) => each.trim().replace(/^\*?\./, ''))
    .some((each) => each === '*' || (each !== '' && (hostname === each || hostname.endsWith(`.${each}`))));
  return bypassed ? [] : [...names, 'ALL_PROXY', 'all_proxy'].filter((name) => (env[name] ?? '') !== '');
}

/** Only the names of variables are shown: a proxy's URL may hold a password. */
export function checkProxies(proxies: readonly string[], reachable: boolean): Outcome {
  if (proxies.length === 0) return ok('none in the environment for this host');
  const names = proxies.join(', ');
  return reachable
    ? ok(`${names} is set; this client connects directly, and reaches the host`)
    : warn(
        `${names} is set; this client connects directly, and does not reach the host`,
        'Let this machine out to the API directly, or run Terraform where that is possible.',
      );
}

/** A setting that makes other programs of Node trust anybody. */
export function checkTlsOverride(env: Environment): Outcome | undefined {
  if (env.NODE_TLS_REJECT_UNAUTHORIZED !== '0') return undefined;
  return warn(
    'NODE_TLS_REJECT_UNAUTHORIZED=0 is set: this client verifies certificates all the same, other programs do not',
    'Unset it, and name a private certificate authority in NODE_EXTRA_CA_CERTS.',
  );
}

interface Stack {
  readonly name: string;
  readonly sources: readonly string[];
}

function stacksIn(folder: string): readonly Stack[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .slice(0, 100)
    .map(({ name }) => ({ name, sources: providerSources(join(folder, name, 'cdk.tf.json')) }));
}

function providerSources(file: string): string[] {
  const stack = json(file) as
    { terraform?: { required_providers?: Record<string, { source?: string }> } } | undefined;
  return Object.values(stack?.terraform?.required_providers ?? {}).flatMap(({ source }) => source ?? []);
}

function isOurs(source: string): boolean {
  return source === `${PROVIDER.host}/${PROVIDER.namespace}/${PROVIDER.type}`;
}

function json(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as unknown;
  } catch {
    return undefined;
  }
}
