import { sameNumber } from './number';
import type { Type } from './type';
import { DynamicValue, hasUnknown, isObject, isUnknown } from './value';
import type { NumberValue, Value } from './value';

/** Equality as Terraform has it: by value, sets without order. An unknown equals only an unknown. */
export function equal(type: Type, a: Value, b: Value): boolean {
  return matches(type, a, b, bothUnknown);
}

/** Whether `actual` is what `planned` promised: equal to it, save that an unknown may have become anything. */
export function fulfils(type: Type, planned: Value, actual: Value): boolean {
  return matches(type, planned, actual, isUnknown);
}

/** Decides on a pair of which at least one is unknown. */
type UnknownRule = (a: Value, b: Value) => boolean;

const bothUnknown: UnknownRule = (a, b) => isUnknown(a) && isUnknown(b);

function matches(type: Type, a: Value, b: Value, rule: UnknownRule): boolean {
  if (isUnknown(a) || isUnknown(b)) return rule(a, b);
  if (a === null || b === null) return a === b;
  if (typeof type === 'string') return scalarsMatch(type, a, b, rule);
  const [kind, of] = type;
  if (kind === 'list' || kind === 'tuple' || kind === 'set') {
    if (!Array.isArray(a) || !Array.isArray(b)) return false;
    const [left, right] = [a as readonly Value[], b as readonly Value[]];
    if (kind === 'set') return setsMatch(of, left, right, rule);
    if (left.length !== right.length) return false;
    return left.every((x, i) =>
      matches(kind === 'list' ? of : (of[i] ?? 'dynamic'), x, right[i] ?? null, rule),
    );
  }
  if (!isObject(a) || !isObject(b)) return false;
  const names = Object.keys(a);
  if (names.length !== Object.keys(b).length) return false;
  return names.every((name) => {
    const [x, y] = [a[name], b[name]];
    if (x === undefined || y === undefined) return false;
    return matches(kind === 'map' ? of : (of[name] ?? 'dynamic'), x, y, rule);
  });
}

function scalarsMatch(type: Type, a: Value, b: Value, rule: UnknownRule): boolean {
  if (a instanceof DynamicValue && b instanceof DynamicValue) {
    return JSON.stringify(a.type) === JSON.stringify(b.type) && matches(a.type, a.value, b.value, rule);
  }
  if (type === 'number') return sameNumber(a as NumberValue, b as NumberValue);
  return a === b;
}

/** Every element of `a` finds one of its own in `b`. Unknown elements may turn out equal, so then sizes may differ. */
function setsMatch(of: Type, a: readonly Value[], b: readonly Value[], rule: UnknownRule): boolean {
  const open = rule !== bothUnknown && a.some(hasUnknown);
  if (!open && a.length !== b.length) return false;
  const rest = [...b];
  const take = (x: Value, by: UnknownRule): boolean => {
    const at = rest.findIndex((y) => matches(of, x, y, by));
    if (at >= 0) rest.splice(at, 1);
    return at >= 0;
  };
  const unpaired = a.filter((x) => !take(x, bothUnknown));
  return unpaired.every((x) => (open && hasUnknown(x)) || take(x, rule));
}
