// The licences of the bundled packages: most require that their text is distributed with the code.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The packages whose code is in a bundle, according to esbuild's metafile, as folders relative to the root. */
export function packagesIn(metafile) {
  const folders = Object.values(metafile.outputs)
    .flatMap(({ inputs }) => Object.entries(inputs))
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .map(([path]) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0])
    .filter((folder) => folder !== undefined);
  return [...new Set(folders)].sort();
}

export function thirdPartyLicenses(root, folders) {
  const parts = folders.map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
    const files = readdirSync(join(root, folder)).filter((file) => /^(licen[cs]e|notice)/i.test(file));
    const texts = files.map((file) => readFileSync(join(root, folder, file), 'utf8').trim());
    if (texts.length === 0) texts.push(`Licence: ${license}. The package has no file with its text.`);
    return `${name} ${version} (${license})\n${'-'.repeat(60)}\n${texts.join('\n\n')}\n`;
  });
  return `The bundles of this package contain code of the following packages.\n\n${parts.join('\n\n')}`;
}
