import { existsSync } from 'fs';
import { join } from 'path';
import { IConstruct } from 'constructs';
import { notBuilt } from './errors';

/** Where the package has a program's folder that goes into stacks. @throws Error if the package is not built */
export function bundled(where: IConstruct, name: string): string {
  // The package's root is two levels up, from `lib/constructs` as from `dist/constructs`.
  const path = join('dist', 'assets', name);
  const found = join(__dirname, '..', '..', path);
  if (!existsSync(found)) throw notBuilt(where, path);
  return found;
}
