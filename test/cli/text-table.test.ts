import fc from 'fast-check';
import { tableLines } from '../../lib/cli/text-table';
import { cut, fit, textWidth } from '../../lib/cli/text-width';

const plain = (_: string, text: string) => text;
const COLUMNS = [{ title: 'ID', shrinksTo: 6 }, { title: 'NAME', dropRank: 1 }, { title: 'STATUS' }];
const cells = fc.string({
  unit: fc.constantFrom('a', 'b', '-', '数', 'é', 'e\u0301', '🚀', ' '),
  maxLength: 30,
});

test.each([
  ['', 0],
  ['abc', 3],
  ['数据库', 6],
  ['e\u0301', 1],
  ['🚀', 2],
  ['한글', 4],
])('%j takes %i columns', (text, width) => expect(textWidth(text)).toBe(width));

test('what is cut fits, and says that it was cut', () => {
  fc.assert(
    fc.property(cells, fc.nat(40), (text, width) => {
      expect(textWidth(cut(text, width))).toBeLessThanOrEqual(width);
      expect(textWidth(fit(text, width))).toBe(width);
      if (textWidth(text) <= width) expect(cut(text, width)).toBe(text);
      else if (width > 0) expect(cut(text, width)).toMatch(/…$/);
    }),
  );
});

test('no line of a table is wider than asked, whatever is in it and however narrow', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(cells, cells, cells), { maxLength: 5 }),
      fc.integer({ min: 1, max: 90 }),
      (rows, width) => {
        const lines = tableLines(COLUMNS, rows, { width, paint: plain });
        expect(lines).toHaveLength(rows.length + 1);
        for (const line of lines) expect(textWidth(line)).toBeLessThanOrEqual(width);
      },
    ),
  );
});

test('columns shrink before they go, and go before the rest is cut', () => {
  const rows = [['instance-with-a-long-id', 'a name', 'RUNNING']];
  const at = (width: number) => tableLines(COLUMNS, rows, { width, paint: plain });
  expect(at(40)).toEqual([
    'ID                       NAME    STATUS',
    'instance-with-a-long-id  a name  RUNNING',
  ]);
  expect(at(30)).toEqual(['ID             NAME    STATUS', 'instance-wit…  a name  RUNNING']);
  expect(at(20)).toEqual(['ID           STATUS', 'instance-w…  RUNNING']);
  expect(at(10)).toEqual(['ID    STA…', 'ins…  RUN…']);
});

test('columns with nothing in them do not show', () => {
  expect(tableLines(COLUMNS, [['i', '', 'UP']], { width: undefined, paint: plain })).toEqual([
    'ID  STATUS',
    'i   UP',
  ]);
});
