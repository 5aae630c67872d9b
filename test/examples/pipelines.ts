import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';

/** The part of a GitHub workflow that the tests read. */
export interface Workflow {
  readonly permissions: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, GithubJob>>;
}

export interface GithubJob {
  readonly permissions?: Readonly<Record<string, string>>;
  readonly 'timeout-minutes'?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly steps: readonly GithubStep[];
}

export interface GithubStep {
  readonly name?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface GitlabJob {
  readonly extends?: string;
  readonly timeout?: string;
  readonly script?: readonly string[];
  readonly before_script?: readonly string[];
  readonly variables?: Readonly<Record<string, string>>;
  readonly rules?: readonly { readonly if: string }[];
}

const folder = resolve(__dirname, '../../examples/pipelines');

export function text(name: string): string {
  return readFileSync(resolve(folder, name), 'utf8');
}

export const github = parse('github-actions.yml') as Workflow;

const gitlab = parse('gitlab-ci.yml') as Readonly<Record<string, unknown>>;

/** The jobs of the GitLab pipeline, including hidden ones. */
export const gitlabJobs = Object.fromEntries(
  Object.entries(gitlab).filter(([name]) => name !== 'variables' && name !== 'stages'),
) as Readonly<Record<string, GitlabJob>>;

/** The script of a GitHub step. */
export function step(job: string, name: string): string {
  const run = github.jobs[job]?.steps.find((each) => each.name === name)?.run;
  if (run === undefined) throw new Error(`no step ${name} with a script in job ${job}`);
  return run;
}

/** All shell scripts of both pipelines, with their locations. */
export function scripts(): (readonly [where: string, script: string])[] {
  const ofGithub = Object.entries(github.jobs).flatMap(([job, { steps }]) =>
    steps.flatMap(({ name = '', run }) =>
      run === undefined ? [] : [[`github ${job}: ${name}`, run] as const],
    ),
  );
  const ofGitlab = Object.entries(gitlabJobs).flatMap(([job, { script = [], before_script = [] }]) =>
    [...before_script, ...script].map((each, index) => [`gitlab ${job}: ${index}`, each] as const),
  );
  return [...ofGithub, ...ofGitlab];
}

/** The parser is a dependency of Jest, and sufficient for these two files. */
function parse(name: string): unknown {
  const { safeLoad } = createRequire(require.resolve('jest'))('js-yaml') as {
    safeLoad: (yaml: string) => unknown;
  };
  return safeLoad(text(name));
}
