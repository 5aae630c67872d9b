import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import ts from 'typescript';
import { CONTEXT } from '../../lib/contract';
import { parseWorld } from '../../lib/simulator';
import { run } from '../support/processes';
import { TERRAFORM } from '../support/terraform';
import { anchorsOf, DOCUMENTS, linksOf, resolved, ROOT, snippetsIn, snippetsOf, textOf } from './documents';

const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  repository: { url: string };
};
const repository = manifest.repository.url.replace(/^git\+|\.git$/g, '');
const raw = repository.replace('https://github.com/', 'https://raw.githubusercontent.com/');

describe('README.md', () => {
  test('has at most 200 lines', () => {
    expect(textOf('README.md').trimEnd().split('\n').length).toBeLessThanOrEqual(200);
  });

  test('has only links that work on npm and PyPI: its own anchors and absolute URLs of repository files', () => {
    const anchors = anchorsOf('README.md');
    const unreachable = linksOf('README.md').filter(({ target, isImage }) => {
      if (target.startsWith('#')) return !anchors.has(target.slice(1));
      const base = isImage ? `${raw}/main/` : `${repository}/blob/main/`;
      if (!target.startsWith(base))
        return isImage || !/^https:\/\/(?!github\.com\/cdktf-zenlayer)/.test(target);
      const [path = '', anchor] = target.slice(base.length).split('#');
      return !existsSync(join(ROOT, path)) || (anchor !== undefined && !anchorsOf(path).has(anchor));
    });
    expect(unreachable).toEqual([]);
  });
});

test('every relative link points to an existing file and heading', () => {
  const broken = DOCUMENTS.flatMap(linksOf).filter(({ where, target }) => {
    if (/^(?:https:\/\/|mailto:)/.test(target)) return false;
    const { path, anchor } = resolved(where.replace(/:\d+$/, ''), target);
    if (!existsSync(join(ROOT, path))) return true;
    return anchor !== '' && path.endsWith('.md') && !anchorsOf(path).has(anchor);
  });
  expect(broken).toEqual([]);
});

test('every repository path in a document exists', () => {
  const named = DOCUMENTS.filter((each) => each !== 'CHANGELOG.md').flatMap((document) =>
    [...textOf(document).matchAll(/`((?:lib|test|scripts|examples|schemas|docs)\/[\w./*-]+)`/g)].map(
      ([, path = '']) => [document, path] as const,
    ),
  );
  const missing = named.filter(([, path]) => {
    const [folder = '', pattern] = path.includes('*') ? [dirname(path), basename(path)] : [path];
    if (!existsSync(join(ROOT, folder))) return true;
    if (pattern === undefined) return false;
    const [before = '', after = ''] = pattern.split('*');
    return !readdirSync(join(ROOT, folder)).some((each) => each.startsWith(before) && each.endsWith(after));
  });
  expect(missing).toEqual([]);
  expect(named.length).toBeGreaterThan(10);
});

test('every page of docs is linked from another document', () => {
  const linked = new Set(
    DOCUMENTS.flatMap(linksOf).flatMap(({ where, target }) => {
      const base = `${repository}/blob/main/`;
      if (target.startsWith(base)) return [target.slice(base.length).split('#')[0] ?? ''];
      const document = where.replace(/:\d+$/, '');
      const { path } = resolved(document, target);
      return path === document ? [] : [path];
    }),
  );
  expect(DOCUMENTS.filter((path) => path.startsWith('docs/') && !linked.has(path))).toEqual([]);
});

test('wherever 8 vNICs are the limit, small sizes allow fewer', () => {
  const messages = ['constructs/errors.ts', 'provider/preflight.ts', 'zec/errors.ts'].map(
    (each) => `lib/${each}`,
  );
  const claims = [...DOCUMENTS, ...messages].flatMap((document) =>
    [...textOf(document).matchAll(/[^.|]*(?:\b8|MAX_NICS_PER_INSTANCE\}) vNICs[^.|]*/g)].map(
      ([text]) => text,
    ),
  );
  expect(claims.filter((text) => !text.includes('fewer'))).toEqual([]);
  expect(claims.length).toBeGreaterThan(7);
});

test('every code block has a language that is checked', () => {
  const known = ['ts', 'sh', 'json', 'hcl', 'yaml', 'ini', 'text'];
  const others = DOCUMENTS.flatMap(snippetsOf).filter(({ language }) => !known.includes(language));
  expect(others.map(({ where, language }) => [where, language])).toEqual([]);
});

describe('TypeScript', () => {
  const snippets = snippetsIn('ts');
  /** Declarations that a partial program may use. */
  const prelude = `import { App, TerraformIterator, TerraformOutput, TerraformResource, TerraformStack, Token } from 'cdktf';
import { Carrier, Convergence, DataZecInstance, DataZecNic, DataZecNics } from 'cdktf-zenlayer-zec';
import { LocalExecRunner, NicAttachment, ProviderRunner, WhenStopped } from 'cdktf-zenlayer-zec';
declare const stack: TerraformStack;
declare const attachment: NicAttachment;
`;
  const isWhole = (text: string) => /^import /m.test(text);
  let folder: string;

  // Within the package, so that its own name resolves to the build.
  beforeAll(() => {
    mkdirSync(join(ROOT, 'build'), { recursive: true });
    folder = mkdtempSync(join(ROOT, 'build', 'snippets-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('every snippet compiles', () => {
    const names = new Map(
      snippets.map(({ where, text }, index) => {
        const name = join(folder, `snippet-${index}.ts`);
        writeFileSync(name, `${isWhole(text) ? '' : prelude}${text}\nexport {};\n`);
        return [name, where];
      }),
    );
    const program = ts.createProgram([...names.keys()], {
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.Node16,
      moduleResolution: ts.ModuleResolutionKind.Node16,
      types: ['node', 'jest'],
      // A snippet may import files in the folder of its document.
      rootDirs: [folder, join(ROOT, 'test/bench')],
    });
    const problems = ts.getPreEmitDiagnostics(program).map(({ file, start = 0, messageText }) => {
      const line = file?.text.slice(start).split('\n')[0] ?? '';
      return [names.get(file?.fileName ?? ''), line, ts.flattenDiagnosticMessageText(messageText, '\n')];
    });
    expect(problems).toEqual([]);
    expect(names.size).toBeGreaterThan(5);
  });

  async function synthesizes(text: string): Promise<void> {
    const name = join(folder, 'main.ts');
    writeFileSync(name, text);
    const { code, output } = await run(process.execPath, [require.resolve('tsx/cli'), name], { cwd: folder });
    expect([code, output]).toEqual([0, expect.anything()]);
    expect(existsSync(join(folder, 'cdktf.out', 'manifest.json'))).toBe(true);
    rmSync(join(folder, 'cdktf.out'), { recursive: true });
  }

  test.each(snippets.filter(({ text }) => text.includes('app.synth()')))(
    '$where is a complete program, and synthesizes',
    ({ text }) => synthesizes(text),
  );

  test('the snippets of README.md synthesize together, in either order', async () => {
    const [program = '', ...parts] = snippets
      .filter(({ where }) => where.startsWith('README.md:'))
      .map(({ text }) => text);
    const names = "import { ProviderRunner } from 'cdktf-zenlayer-zec';\n";
    const more = parts.join('\n');
    expect(more).toContain('new ProviderRunner(');
    await synthesizes(names + program.replace('app.synth();', `${more}\n$&`));
    await synthesizes(names + program.replace('const storage =', `${more}\n$&`));
  });
});

describe('data', () => {
  test.each(snippetsIn('json'))(
    '$where is JSON, and a world or a context where it looks like one',
    ({ text }) => {
      const value = JSON.parse(text) as Record<string, unknown>;
      if ('instances' in value || 'nics' in value) parseWorld(value);
      const context = (value.context ?? {}) as Record<string, unknown>;
      const known: readonly string[] = Object.values(CONTEXT);
      expect(Object.keys(context).filter((key) => !known.includes(key))).toEqual([]);
    },
  );

  test.each(snippetsIn('yaml'))('$where is YAML', ({ text }) => {
    const { safeLoad } = createRequire(require.resolve('jest'))('js-yaml') as {
      safeLoad: (yaml: string) => unknown;
    };
    expect(typeof safeLoad(text)).toBe('object');
  });

  test.each(snippetsIn('ini'))('$where has sections and settings', ({ text }) => {
    const lines = text.split('\n').filter((line) => line.trim() !== '');
    expect(lines.filter((line) => !/^(?:#.*|\[\w+\]|\w+=.+)$/.test(line))).toEqual([]);
  });

  const terraform = spawnSync(TERRAFORM, ['version'], { env: { ...process.env, CHECKPOINT_DISABLE: '1' } });
  const testWithTerraform = terraform.status === 0 ? test : test.skip;

  testWithTerraform.each(snippetsIn('hcl'))('$where is HCL in canonical form', ({ text }) => {
    const input = `${text}\n`;
    const formatted = spawnSync(TERRAFORM, ['fmt', '-'], { input, env: process.env, encoding: 'utf8' });
    expect([formatted.status, formatted.stdout]).toEqual([0, input]);
  });
});
