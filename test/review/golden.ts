import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const FOLDER = join(__dirname, 'golden');
const UPDATE = process.env.UPDATE_GOLDEN === '1';

/** Fails unless `text` is what the golden file says; with UPDATE_GOLDEN=1 writes the file instead. */
export function expectGolden(file: string, text: string): void {
  const path = join(FOLDER, file);
  if (UPDATE) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return;
  }
  if (!existsSync(path))
    throw new Error(`no golden file ${file}: run this test with UPDATE_GOLDEN=1, and read what it writes`);
  expect(text).toBe(readFileSync(path, 'utf8'));
}

/** The same for whatever Terraform made the plan. Nothing else varies. */
export function withoutVersion(text: string): string {
  return text
    .replace(/(?<=Planned by Terraform )\d+\.\d+\.\d+/, 'X.Y.Z')
    .replace(/(?<="terraformVersion":")\d+\.\d+\.\d+/, 'X.Y.Z');
}

/** A page or a picture without its style sheet, which is the same in all and has a golden file of its own. */
export function withoutStyle(file: string, text: string): string {
  const [, style] = /<style>(.*?)<\/style>/s.exec(text) ?? [];
  if (style === undefined) throw new Error('there is no style sheet in it');
  expectGolden(file, style.replaceAll('}', '}\n'));
  return text.replace(style, '');
}
