import { appendFileSync, existsSync, readFileSync } from 'node:fs';

/** Adds a finished part of a campaign. */
export function addProgress(path: string | undefined, part: object): void {
  if (path !== undefined) appendFileSync(path, `${JSON.stringify(part)}\n`);
}

/** The finished parts of a campaign. A last line that is incomplete, because the campaign was killed, is left out. */
export function readProgress<T>(path: string | undefined): T[] {
  if (path === undefined || !existsSync(path)) return [];
  return readFileSync(path, 'utf8')
    .split('\n')
    .flatMap((line) => {
      try {
        return [JSON.parse(line) as T];
      } catch {
        return [];
      }
    });
}
