// Bundles the subpaths of the package, such as cdktf-zenlayer-zec/zec, with shared common code, and their declarations,
// which refer to no other package. So they need no other packages installed.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { build, transform } from 'esbuild';
import ts from 'typescript';

const BUNDLED = ['valibot', 'undici'];

/** @returns esbuild's metafile */
export async function bundleLibrary({ dist, subpaths, root, minNode }) {
  const options = { platform: 'node', target: `node${minNode}`, keepNames: true, legalComments: 'eof' };
  const { outputFiles, metafile } = await build({
    ...options,
    metafile: true,
    absWorkingDir: root,
    entryPoints: Object.fromEntries(subpaths.map((each) => [`${each}/index`, join('lib', each, 'index.ts')])),
    outdir: dist,
    chunkNames: 'shared/[name]-[hash]',
    write: false,
    bundle: true,
    splitting: true,
    format: 'esm',
    minify: true,
    logLevel: 'warning',
  });
  const entries = subpaths.map((each) => join(dist, each, 'index.d.ts'));
  const declarations = declarationsOf(entries);
  for (const each of subpaths) rmSync(join(dist, each), { recursive: true });
  for (const [path, text] of declarations) write(path, text);
  for (const { path, text } of outputFiles) {
    // Node loads CommonJS faster, and esbuild splits only ES modules.
    const { code } = await transform(text, {
      ...options,
      format: 'cjs',
      minify: true,
      supported: { 'dynamic-import': false },
    });
    write(path, code);
  }
  return metafile;
}

/** The declaration files that `entries` import directly or indirectly, by path. */
function declarationsOf(entries) {
  const program = ts.createProgram(entries, { module: ts.ModuleKind.Node16, strict: true, types: ['node'] });
  const ours = program
    .getSourceFiles()
    .filter(({ fileName }) => fileName.startsWith(dirname(dirname(entries[0]))));
  return new Map(
    ours.map((file) => [resolve(file.fileName), withoutPackages(file, program.getTypeChecker())]),
  );
}

/**
 * A declaration file in which types that are derived from valibot schemas are written out. The remaining schemas are
 * internal, and removed.
 */
function withoutPackages(file, checker) {
  const isBundled = (node) => ts.isImportDeclaration(node) && BUNDLED.includes(node.moduleSpecifier.text);
  if (!file.statements.some(isBundled)) return file.text;
  const flags = ts.TypeFormatFlags.NoTruncation | ts.TypeFormatFlags.InTypeAlias;
  const mentions = (node, words) => new RegExp(`\\b(?:${words.join('|')})\\b`).test(node.getText(file));
  const isSpelledOut = (node) => ts.isTypeAliasDeclaration(node) && node.typeParameters === undefined;
  const internal = file.statements.filter((node) => mentions(node, ['v\\.\\w+']) && !isSpelledOut(node));
  const names = internal.filter((node) => ts.isTypeAliasDeclaration(node)).map((node) => node.name.text);
  const kept = file.statements.map((node) => {
    const text = node.getFullText(file);
    if (isBundled(node) || internal.includes(node)) return '';
    if (isSpelledOut(node) && mentions(node, ['v\\.\\w+'])) {
      const spelled = checker.typeToString(checker.getTypeAtLocation(node.name), node, flags);
      return text.replace(node.type.getText(file), () => spelled);
    }
    return names.length > 0 && mentions(node, names) ? '' : text;
  });
  return kept.join('');
}

function write(path, text) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
