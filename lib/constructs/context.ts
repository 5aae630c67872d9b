import { IConstruct } from 'constructs';
import { CONTEXT } from '../contract';
import { checkedChoice, unknownContextKey } from './errors';

/** The context value of a key; `undefined` if it is not set. @throws Error if it is not one of the known values */
export function contextValue<Value extends string>(
  where: IConstruct,
  key: string,
  known: readonly Value[],
): Value | undefined {
  return checkedChoice(where, `the context value of "${key}"`, where.node.tryGetContext(key), known);
}

/** The runner in the app's context. @throws Error if it is unknown */
export function contextRunner(where: IConstruct): 'local-exec' | 'provider' | undefined {
  return contextValue(where, CONTEXT.runner, ['local-exec', 'provider']);
}

/** A warning for each unknown key that begins with `zec:`. */
export function unknownContextKeys(where: IConstruct): string[] {
  const known: readonly string[] = Object.values(CONTEXT);
  return Object.keys(where.node.getAllContext() as object)
    .filter((key) => key.startsWith('zec:') && !known.includes(key))
    .map((key) => unknownContextKey(key, known));
}
