import { screenOf } from '../../lib/cli/screen';

const terminal = { isTTY: true, columns: 120, rows: 40 };
const file = {};

test.each([
  ['a terminal', terminal, {}, false, true],
  ['a file', file, {}, false, false],
  ['a dumb terminal', terminal, { TERM: 'dumb' }, false, false],
  ['NO_COLOR', terminal, { NO_COLOR: '1' }, false, false],
  ['an empty NO_COLOR', terminal, { NO_COLOR: '' }, false, true],
  ['--no-color', terminal, {}, true, false],
  ['FORCE_COLOR in a file', file, { FORCE_COLOR: '1' }, false, true],
  ['FORCE_COLOR=0 on a terminal', terminal, { FORCE_COLOR: '0' }, false, false],
  ['FORCE_COLOR and NO_COLOR', file, { FORCE_COLOR: '1', NO_COLOR: '1' }, false, false],
  ['FORCE_COLOR and --no-color', file, { FORCE_COLOR: '1' }, true, false],
])('colours with %s', (_, stdout, env, noColor, expected) => {
  const { paint } = screenOf(stdout, env, noColor);
  expect(paint('bold', 'x')).toBe(expected ? '\u001b[1mx\u001b[0m' : 'x');
});

test('the width is that of the terminal, or COLUMNS without a terminal', () => {
  expect(screenOf(terminal, { COLUMNS: '60' }, false)).toMatchObject({ columns: 120, rows: 40 });
  expect(screenOf({ isTTY: true }, {}, false)).toMatchObject({ columns: 80, rows: 24 });
  expect(screenOf({ isTTY: true, columns: 0, rows: 0 }, {}, false)).toMatchObject({ columns: 80, rows: 24 });
  expect(screenOf(file, { COLUMNS: '60' }, false).columns).toBe(60);
  for (const COLUMNS of ['', '0', '-5', 'wide', '1e9']) {
    expect(screenOf(file, { COLUMNS }, false).columns).toBeUndefined();
  }
});
