import { check, InvalidInputError } from './check';
import { inconsistencies } from './consistency';
import { worldSchema, type World } from './world-schema';

export type {
  World,
  WorldCredential,
  WorldInput,
  WorldInstance,
  WorldNic,
  WorldSettings,
} from './world-schema';

/**
 * Checks a world: its shape, its ids, and that it is possible (see {@link inconsistencies}).
 * @param leaving ids of vNICs that are `DETACHING` from an instance that is gone already
 * @throws InvalidInputError naming the path of every mistake
 */
export function parseWorld(value: unknown, leaving: ReadonlySet<string> = new Set()): World {
  const parsed = check(worldSchema, value, 'The world');
  const issues = inconsistencies(parsed, leaving);
  if (issues.length > 0) throw new InvalidInputError('The world', issues);
  return parsed;
}

/** The region of a zone: `asia-east-1a` lies in `asia-east-1`. */
export function regionOf(zoneId: string): string {
  return zoneId.slice(0, -1);
}
