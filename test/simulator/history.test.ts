import { VersionedMap } from '../../lib/simulator/history';

test('a map keeps the newest 10,000 removed entries, and all others', () => {
  const map = new VersionedMap<number, string>();
  for (let id = 0; id < 10_003; id++) map.set(id, 'there', 0);
  for (let id = 0; id < 10_002; id++) map.set(id, undefined, 1);
  expect(map.values(0)).toHaveLength(10_001);
  expect(map.values(1)).toEqual(['there']);
});
