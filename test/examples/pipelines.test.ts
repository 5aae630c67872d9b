import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parsed } from '../cli/command-line';
import type { Finished } from '../support/processes';
import { Shell } from '../support/shell';
import { github, gitlabJobs, scripts, step, text } from './pipelines';

const all = scripts();
/** `test` if the programs that replace gh and curl can filter; otherwise reported as skipped. */
const testWithJq = spawnSync('jq', ['--version']).status === 0 ? test : test.skip;
let shell: Shell;
beforeEach(() => {
  shell = new Shell()
    .program(
      'npx',
      'case "$1 $2" in "zec-nic review" | "zec-nic drift") echo "# $2"; exit "${ZEC_EXIT:-0}" ;; esac',
    )
    .program('terraform', 'echo "{}"')
    .program('gh', existing('.[]?'))
    .program('curl', existing('.'));
});
afterEach(() => shell.close());

/** A program that returns the comments in a file, through the filter in its arguments. */
function existing(everything: string): string {
  return `filter='${everything}'; while [ $# -gt 0 ]; do case $1 in --jq) filter=$2 ;; --request | --method | create | edit) exit 0 ;; esac; shift; done
if [ -f comments.json ]; then jq -r "$filter" comments.json; else echo '[]' | jq -r "$filter"; fi`;
}

const file = (name: string) => readFileSync(join(shell.folder, name), 'utf8');
const put = (name: string, content: unknown) =>
  writeFileSync(join(shell.folder, name), typeof content === 'string' ? content : JSON.stringify(content));

/** Runs a script of the GitHub workflow in the environment of a GitHub runner. */
function onGithub(script: string, env: Readonly<Record<string, string>> = {}): Promise<Finished> {
  return shell.run(script, {
    env: {
      STACK: 'network',
      RUNNER_TEMP: shell.folder,
      GITHUB_OUTPUT: join(shell.folder, 'output'),
      GITHUB_STEP_SUMMARY: join(shell.folder, 'summary'),
      GITHUB_REPOSITORY: 'acme/net',
      PULL_REQUEST: '7',
      GH_TOKEN: 'gh-token',
      ...env,
    },
  });
}

function onGitlab(job: string, env: Readonly<Record<string, string>> = {}): Promise<Finished> {
  const script = (gitlabJobs[job]?.script ?? []).join('\n').replaceAll('/tmp/', `${shell.folder}/`);
  return shell.run(script, {
    env: {
      STACK: 'network',
      CI_API_V4_URL: 'https://gitlab.example/api/v4',
      CI_PROJECT_ID: '42',
      CI_MERGE_REQUEST_IID: '7',
      ZEC_REVIEW_TOKEN: 'gitlab-secret',
      ...env,
    },
  });
}

test.each(all)('%s is a shell script', (_, script) => {
  const { status, stderr } = spawnSync('bash', ['-n'], { input: script, encoding: 'utf8' });
  expect([status, stderr]).toEqual([0, '']);
});

describe('least privileges', () => {
  const jobs = Object.entries(github.jobs);

  test('every job declares its permissions and a timeout', () => {
    expect(github.permissions).toEqual({});
    for (const [name, job] of jobs) {
      expect([name, Object.keys(job.permissions ?? {}).length > 0]).toEqual([name, true]);
      expect([name, (job['timeout-minutes'] ?? 999) <= 20]).toEqual([name, true]);
    }
    for (const [name, { timeout, extends: base }] of Object.entries(gitlabJobs)) {
      expect([name, timeout ?? base]).toEqual([name, expect.stringMatching(/minutes$|^\.tools$/)]);
    }
  });

  test('a job with permission to write comments runs no code of the pull request and has no secrets', () => {
    const writers = jobs.filter(([, { permissions }]) => permissions?.['pull-requests'] === 'write');
    expect(writers.map(([name]) => name)).toEqual(['comment']);
    for (const [, job] of writers) {
      expect(JSON.stringify(job)).not.toMatch(/secrets\.|actions\/checkout|npm|npx|cdktf/);
    }
    const comment = gitlabJobs.comment;
    expect(comment?.extends).toBeUndefined();
    expect(comment?.variables?.GIT_STRATEGY).toBe('none');
    expect(JSON.stringify(comment?.script)).not.toMatch(/npm|npx|cdktf|ACCESS_KEY/);
  });

  test('the job that runs code of a pull request is read-only, and does not run for forks', () => {
    expect(github.jobs.review?.permissions).toEqual({ contents: 'read' });
    expect(text('github-actions.yml')).toContain('head.repo.full_name == github.repository');
    for (const job of ['review', 'comment']) {
      expect(gitlabJobs[job]?.rules?.[0]?.if).toContain(
        '$CI_MERGE_REQUEST_SOURCE_PROJECT_ID == $CI_PROJECT_ID',
      );
    }
    expect(JSON.stringify(gitlabJobs.review)).not.toContain('ZEC_REVIEW_TOKEN');
  });

  test('secrets and pull request values reach scripts only through the environment', () => {
    for (const [where, script] of all)
      expect([where, script]).toEqual([where, expect.not.stringContaining('${{')]);
    expect(text('github-actions.yml').match(/^ *[A-Z_]+: \$\{\{ secrets\.[A-Z_]+ \}\}$/gm)?.length).toBe(
      text('github-actions.yml').match(/secrets\.[A-Z]/g)?.length,
    );
  });
});

test('every zec-nic command line is accepted by the parser', async () => {
  await onGithub(step('review', 'Plan'));
  await onGithub(step('review', 'Review'));
  await onGithub(step('drift', 'Doctor'));
  await onGithub(step('drift', 'Drift'));
  await onGitlab('review');
  await onGitlab('drift');
  const lines = shell.calls.filter(([program, name]) => program === 'npx' && name === 'zec-nic');
  const written = (text('github-actions.yml') + text('gitlab-ci.yml')).match(/npx zec-nic/g);
  expect(lines).toHaveLength(written?.length ?? -1);
  for (const [, , ...argv] of lines) expect(await parsed(argv)).toMatchObject({ name: argv[0] });
});

describe('GitHub', () => {
  test('a plan is made and shown as JSON where review reads it', async () => {
    expect((await onGithub(step('review', 'Plan'))).code).toBe(0);
    expect(shell.calls).toEqual([
      ['npx', 'cdktf', 'diff', 'network'],
      ['terraform', '-chdir=cdktf.out/stacks/network', 'show', '-json', 'plan'],
    ]);
    expect(file('plan.json')).toBe('{}\n');
  });

  test.each([
    ['Review', 'review', '0', 0],
    ['Review', 'review', '10', 0],
    ['Review', 'review', '11', 0],
    ['Review', 'review', '1', 1],
    ['Review', 'review', '12', 12],
    ['Drift', 'drift', '0', 0],
    ['Drift', 'drift', '12', 0],
    ['Drift', 'drift', '2', 2],
    ['Drift', 'drift', '10', 10],
  ])('%s: exit code %s of zec-nic %s ends the step with %i', async (name, job, ZEC_EXIT, expected) => {
    expect((await onGithub(step(job, name), { ZEC_EXIT })).code).toBe(expected);
    expect(existsSync(join(shell.folder, 'output')) ? file('output') : '').toBe(
      expected === 0 ? `exit=${ZEC_EXIT}\n` : '',
    );
    if (expected === 0) expect(file('summary')).toBe(`# ${job}\n`);
  });

  testWithJq('the first review makes a comment, a later one updates it', async () => {
    put('review.md', '# Review\n');
    expect((await onGithub(step('comment', 'Comment'))).code).toBe(0);
    expect(shell.calls.at(-1)?.slice(0, 6)).toEqual([
      'gh',
      'api',
      '--silent',
      '--method',
      'POST',
      'repos/acme/net/issues/7/comments',
    ]);
    expect(file('comment.md')).toBe('<!-- zec-nic review network -->\n# Review\n');
    const bot = { login: 'github-actions[bot]' };
    put('comments.json', [
      { id: 1, user: { login: 'somebody' }, body: file('comment.md') },
      { id: 2, user: bot, body: '<!-- zec-nic review other -->' },
      { id: 3, user: bot, body: file('comment.md') },
      { id: 4, user: bot, body: file('comment.md') },
    ]);
    expect((await onGithub(step('comment', 'Comment'))).code).toBe(0);
    expect(shell.calls.at(-1)?.slice(4, 6)).toEqual(['PATCH', 'repos/acme/net/issues/comments/3']);
  });

  testWithJq('drift opens an issue, or updates the one that is open, and fails the job', async () => {
    put('drift.md', '# Drift\n');
    const first = await onGithub(step('drift', 'Report'));
    expect([first.code, shell.calls.at(-1)?.slice(1, 3)]).toEqual([1, ['issue', 'create']]);
    put('comments.json', [
      { number: 5, title: 'Drift in network, and more' },
      { number: 6, title: 'Drift in network' },
    ]);
    const second = await onGithub(step('drift', 'Report'));
    expect([second.code, shell.calls.at(-1)?.slice(1, 4)]).toEqual([1, ['issue', 'edit', '6']]);
  });
});

describe('GitLab', () => {
  test.each([
    ['0', 0],
    ['10', 0],
    ['11', 0],
    ['1', 1],
    ['2', 2],
  ])('exit code %s of review ends its job with %i, and is handed on', async (ZEC_EXIT, expected) => {
    expect((await onGitlab('review', { ZEC_EXIT })).code).toBe(expected);
    expect(existsSync(join(shell.folder, 'review.env')) ? file('review.env') : '').toBe(
      expected === 0 ? `REVIEW_EXIT=${ZEC_EXIT}\n` : '',
    );
  });

  testWithJq(
    'the first review makes a note, a later one updates it; risky changes fail after that',
    async () => {
      put('review.md', '# Review\n');
      const notes = 'https://gitlab.example/api/v4/projects/42/merge_requests/7/notes';
      expect((await onGitlab('comment', { REVIEW_EXIT: '10' })).code).toBe(0);
      expect(shell.calls.at(-1)).toEqual(
        expect.arrayContaining(['--request', 'POST', 'body@comment.md', notes]),
      );
      put('comments.json', [
        { id: 1, body: 'hello' },
        { id: 2, body: file('comment.md') },
      ]);
      expect((await onGitlab('comment', { REVIEW_EXIT: '11' })).code).toBe(11);
      expect(shell.calls.at(-1)).toEqual(expect.arrayContaining(['--request', 'PUT', `${notes}/2`]));
      expect(JSON.stringify(shell.calls)).not.toContain('gitlab-secret');
    },
  );

  test.each([
    ['0', 0],
    ['12', 12],
    ['1', 1],
  ])('exit code %s of drift ends its job with %i, and the report shows', async (ZEC_EXIT, expected) => {
    expect(await onGitlab('drift', { ZEC_EXIT })).toMatchObject({
      code: expected,
      stdout: expect.stringContaining('# drift') as string,
    });
  });
});
