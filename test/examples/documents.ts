import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

export const ROOT = resolve(__dirname, '../..');

export interface Snippet {
  /** The document and the line of the opening fence, e.g. `docs/guide/settings.md:12`. */
  readonly where: string;
  readonly language: string;
  readonly text: string;
}

export interface Link {
  readonly where: string;
  readonly target: string;
  readonly isImage: boolean;
}

/** All handwritten Markdown documents, as paths from the root. `API.md` is generated from docstrings. */
export const DOCUMENTS: readonly string[] = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'CHANGELOG.md',
  'test/bench/README.md',
  ...markdownIn('docs'),
  ...markdownIn('examples'),
].filter((path) => existsSync(join(ROOT, path)));

export function textOf(document: string): string {
  return readFileSync(join(ROOT, document), 'utf8');
}

/** The fenced code blocks of a document. */
export function snippetsOf(document: string): Snippet[] {
  const found: Snippet[] = [];
  let open: { readonly language: string; readonly line: number; readonly lines: string[] } | undefined;
  for (const [index, line] of textOf(document).split('\n').entries()) {
    const fence = /^\s*```(.*)$/.exec(line);
    if (fence === null) open?.lines.push(line);
    else if (open === undefined)
      open = { language: fence[1]?.split(' ')[0] ?? '', line: index + 1, lines: [] };
    else {
      const text = open.lines.join('\n');
      found.push({ where: `${document}:${open.line}`, language: open.language, text });
      open = undefined;
    }
  }
  return found;
}

export function snippetsIn(...languages: readonly string[]): Snippet[] {
  return DOCUMENTS.flatMap(snippetsOf).filter(({ language }) => languages.includes(language));
}

/** The links and images of a document, except in code. */
export function linksOf(document: string): Link[] {
  const prose = proseOf(document);
  const patterns = [
    /(?<mark>!?)\[(?:[^\]]|\](?!\())*?\]\((?<target>[^)\s]+)\)/g,
    /^\[[^\]]+\]: (?<target>\S+)$/gm,
  ];
  return patterns.flatMap((pattern) =>
    [...prose.matchAll(pattern)].map(({ groups, index }) => ({
      where: `${document}:${prose.slice(0, index).split('\n').length}`,
      target: groups?.target ?? '',
      isImage: groups?.mark === '!',
    })),
  );
}

/** The anchors that GitHub generates for the headings of a document. */
export function anchorsOf(document: string): Set<string> {
  const headings = [...proseOf(document).matchAll(/^#{1,6} +(.*)$/gm)].map(([, heading = '']) => heading);
  const plain = (heading: string) =>
    heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-');
  return new Set(headings.map(plain));
}

/** The target of a relative link, as a path from the root, and its anchor. */
export function resolved(
  document: string,
  target: string,
): { readonly path: string; readonly anchor: string } {
  const [path = '', anchor = ''] = target.split('#');
  return { path: path === '' ? document : join(dirname(document), path), anchor };
}

function proseOf(document: string): string {
  // Code is replaced by blanks, which preserves line numbers.
  const blank = (code: string) => code.replace(/[^\n]/g, ' ');
  return textOf(document)
    .replace(/^[ \t]*```[^]*?^[ \t]*```/gm, blank)
    .replace(/(?<=\[[^\]\n]*)`|`(?=[^[\n]*\]\()/g, ' ')
    .replace(/`[^`\n]*`/g, blank);
}

function markdownIn(folder: string): string[] {
  if (!existsSync(join(ROOT, folder))) return [];
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter(
      (entry) => entry.isFile() && entry.name.endsWith('.md') && !entry.parentPath.includes('cdktf.out'),
    )
    .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length + 1))
    .sort();
}
