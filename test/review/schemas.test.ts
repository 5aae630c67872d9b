import { DRIFT_STATES } from '../../lib/review/drift';
import { CHANGE_KINDS, RISK_LEVELS, RISK_CODES } from '../../lib/review/model';
import { driftSchema, published, reviewSchema } from './schemas';

/** All values of the key `name`, including nested ones. */
function all(schema: unknown, name: string): readonly unknown[] {
  if (typeof schema !== 'object' || schema === null) return [];
  return Object.entries(schema).flatMap(([key, value]) => [
    ...(key === name ? [value as unknown] : []),
    ...all(value, name),
  ]);
}

test('the schemas list every change kind, risk level, drift state and risk code', () => {
  const sorted = (names: unknown) => [...(names as readonly string[])].sort();
  const enums = [published('review-1.json'), published('drift-1.json')].flatMap((each) =>
    all(each, 'enum').map(sorted),
  );
  for (const names of [CHANGE_KINDS, RISK_LEVELS, DRIFT_STATES]) expect(enums).toContainEqual(sorted(names));
  expect(all(published('review-1.json'), 'examples').map(sorted)).toEqual([sorted(RISK_CODES)]);
});

test('the schemas reject invalid documents', () => {
  const review = {
    version: 1,
    verdict: 'none',
    offline: true,
    terraformVersion: null,
    risks: [],
    changes: [],
  };
  expect(reviewSchema(review)).toEqual([]);
  expect(reviewSchema({ ...review, version: 2 })).not.toEqual([]);
  expect(reviewSchema({ ...review, more: 1 })).not.toEqual([]);
  expect(driftSchema({ version: 1, drifted: true })).not.toEqual([]);
});
