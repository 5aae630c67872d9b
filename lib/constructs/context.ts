import { IConstruct } from 'constructs';
import { CONTEXT } from '../contract';
import { errorAt, unknownContextKey, unknownValue } from './errors';

/** The context value of a key; `undefined` if it is not set. @throws Error if it is not one of the known values */
export function contextValue<Word extends string>(
  where: IConstruct,
  key: string,
  known: readonly Word[],
): Word | undefined {
  const asked: unknown = where.node.tryGetContext(key);
  if (asked !== undefined && !known.includes(asked as Word))
    throw errorAt(where, unknownValue(`the context value of "${key}"`, asked, known));
  return asked as Word | undefined;
}

/** The runner that the app's context names. @throws Error if it is unknown */
export function askedRunner(where: IConstruct): 'local-exec' | 'provider' | undefined {
  return contextValue(where, CONTEXT.runner, ['local-exec', 'provider']);
}

/** A warning for each unknown key that begins with `zec:`. */
export function unknownContextKeys(where: IConstruct): string[] {
  const known: readonly string[] = Object.values(CONTEXT);
  return Object.keys(where.node.getAllContext() as object)
    .filter((key) => key.startsWith('zec:') && !known.includes(key))
    .map((key) => unknownContextKey(key, known));
}
