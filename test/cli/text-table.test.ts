import fc from 'fast-check';
import textWidth from 'string-width';
import { fitToWidth, tableLines, truncate } from '../../lib/cli/text-table';

const plain = (_: string, text: string) => text;
const COLUMNS = [{ title: 'ID', shrinksTo: 6 }, { title: 'NAME', dropRank: 1 }, { title: 'STATUS' }];
const cells = fc.string({
  unit: fc.constantFrom('a', 'b', '-', '数', 'é', 'e\u0301', '🚀', '🇪🇺', '👨‍👩‍👧', '1️⃣', ' '),
  maxLength: 30,
});

test.each([
  ['an empty text', '', 0],
  ['letters', 'abc', 3],
  ['Chinese', '数据库', 6],
  ['Korean', '한글', 4],
  ['a combined accent', 'e\u0301', 1],
  ['a rocket', '🚀', 2],
  ['a flag', '🇪🇺', 2],
  ['a flag of a region', '🏴󠁧󠁢󠁥󠁮󠁧󠁿', 2],
  ['a rainbow flag', '🏳️‍🌈', 2],
  ['a family', '👨‍👩‍👧‍👦', 2],
  ['a profession', '👩‍💻', 2],
  ['a skin tone', '👍🏽', 2],
  ['a profession with a skin tone', '🧑🏿‍🚀', 2],
  ['a couple with skin tones', '👩🏻‍🤝‍👨🏾', 2],
  ['a keycap', '1️⃣', 2],
  ['a keycap without its selector', '#⃣', 2],
  ['a heart with its selector', '❤️', 2],
  ['a heart on fire', '❤️‍🔥', 2],
  ['a watch', '⌚', 2],
  ['a check mark', '✅', 2],
  ['a new face', '🫠', 2],
  ['a symbol in text presentation', '☎', 1],
  ['a symbol in emoji presentation', '☎️', 2],
])('%s (%j) is %i columns wide, and its cell is aligned', (_, text, width) => {
  expect(textWidth(text)).toBe(width);
  expect(fitToWidth(text, 8)).toBe(`${text}${' '.repeat(8 - width)}`);
});

test('a truncated text fits, and ends with an ellipsis', () => {
  fc.assert(
    fc.property(cells, fc.nat(40), (text, width) => {
      expect(textWidth(truncate(text, width))).toBeLessThanOrEqual(width);
      expect(textWidth(fitToWidth(text, width))).toBe(width);
      if (textWidth(text) <= width) expect(truncate(text, width)).toBe(text);
      else if (width > 0) expect(truncate(text, width)).toMatch(/…$/);
    }),
  );
});

test('no line of a table exceeds the width, for any content and width', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(cells, cells, cells), { maxLength: 5 }),
      fc.integer({ min: 1, max: 90 }),
      (rows, width) => {
        const lines = tableLines(COLUMNS, rows, { columns: width, paint: plain });
        expect(lines).toHaveLength(rows.length + 1);
        for (const line of lines) expect(textWidth(line)).toBeLessThanOrEqual(width);
      },
    ),
  );
});

test('columns shrink first, then are dropped, then are truncated', () => {
  const rows = [['instance-with-a-long-id', 'a name', 'RUNNING']];
  const at = (width: number) => tableLines(COLUMNS, rows, { columns: width, paint: plain });
  expect(at(40)).toEqual([
    'ID                       NAME    STATUS',
    'instance-with-a-long-id  a name  RUNNING',
  ]);
  expect(at(30)).toEqual(['ID             NAME    STATUS', 'instance-wit…  a name  RUNNING']);
  expect(at(20)).toEqual(['ID           STATUS', 'instance-w…  RUNNING']);
  expect(at(10)).toEqual(['ID    STA…', 'ins…  RUN…']);
});

test('empty columns are omitted', () => {
  expect(tableLines(COLUMNS, [['i', '', 'UP']], { columns: undefined, paint: plain })).toEqual([
    'ID  STATUS',
    'i   UP',
  ]);
});
