import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const FOLDER = join(__dirname, 'golden');
const UPDATE = process.env.UPDATE_GOLDEN === '1';

/** Compares a text with a golden file. With UPDATE_GOLDEN=1, writes the file instead. */
export function expectGolden(file: string, text: string): void {
  const path = join(FOLDER, file);
  if (UPDATE) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return;
  }
  if (!existsSync(path))
    throw new Error(`golden file ${file} is missing: run this test with UPDATE_GOLDEN=1 and review the file`);
  expect(text).toBe(readFileSync(path, 'utf8'));
}

/** Replaces the version of Terraform, the only part that depends on the machine. */
export function withoutVersion(text: string): string {
  return text
    .replace(/(?<=Planned by Terraform )\d+\.\d+\.\d+(-\w+)?/, 'X.Y.Z')
    .replace(/(?<="terraformVersion": ?")[^"]+/, 'X.Y.Z');
}

/** Removes the style sheet, which is the same in all files, and compares it with its own golden file. */
export function withoutStyle(file: string, text: string): string {
  const [, style] = /<style>(.*?)<\/style>/s.exec(text) ?? [];
  if (style === undefined) throw new Error('the text has no style sheet');
  expectGolden(file, style.replaceAll('}', '}\n'));
  return text.replace(style, '');
}
