/** The colours of each scheme, by what they say; text on its ground has a contrast of at least 4.5 to 1. */
const LIGHT = {
  ground: '#ffffff',
  panel: '#f6f8fa',
  text: '#1f2328',
  soft: '#59636e',
  line: '#d1d9e0',
  wire: '#818b98',
  add: '#116329',
  remove: '#a40e26',
  move: '#0550ae',
  warn: '#7d4e00',
  adopt: '#0b6170',
  forget: '#6639ba',
};
const DARK: typeof LIGHT = {
  ground: '#0d1117',
  panel: '#161b22',
  text: '#e6edf3',
  soft: '#9da7b3',
  line: '#30363d',
  wire: '#6e7681',
  add: '#56d364',
  remove: '#ff8182',
  move: '#79c0ff',
  warn: '#e3b341',
  adopt: '#56d4dd',
  forget: '#d2a8ff',
};

const variables = (colors: typeof LIGHT) =>
  Object.entries(colors)
    .map(([name, value]) => `--${name}:${value}`)
    .join(';');

/** The variables with the colours, for `selector`. */
export function palette(selector: string): string {
  return `${selector}{color-scheme:light dark;${variables(LIGHT)}}@media(prefers-color-scheme:dark){${selector}{${variables(DARK)}}}`;
}

const MONO = 'ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace';
const SANS = 'system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","DejaVu Sans",sans-serif';

/** How the parts of the picture look. Additions and removals differ in dashes, signs and words, and not in colour alone. */
export const PICTURE_STYLE = [
  `.box{fill:var(--ground);stroke:var(--line)}`,
  `.head{fill:var(--panel)}`,
  `.rule{stroke:var(--line)}`,
  `.title{font:600 14px ${SANS};fill:var(--text)}`,
  `.id{font:12px ${MONO};fill:var(--text)}`,
  `.soft{font:11px ${SANS};fill:var(--soft)}`,
  `.mono{font:11px ${MONO};fill:var(--soft)}`,
  `.keep .id{paint-order:stroke;stroke:var(--ground);stroke-width:11px;stroke-linejoin:round}`,
  `.word{font:600 11px ${SANS};text-anchor:middle}`,
  `.end{text-anchor:end}`,
  `.middle{text-anchor:middle}`,
  `.wire{stroke:var(--wire);stroke-width:2;fill:none}`,
  `.port{fill:var(--wire);stroke:var(--wire);stroke-width:1.5}`,
  `.none{fill:var(--ground);stroke:var(--wire);stroke-width:1.5;stroke-dasharray:2.5 2.5}`,
  `.sign{font:700 12px ${SANS};fill:var(--ground);text-anchor:middle}`,
  `.pill{fill:var(--ground);stroke-width:1}`,
  ...(
    [
      ['attach', 'add', '6 4'],
      ['detach', 'remove', '2 4'],
      ['move', 'move', '6 4'],
      ['replace', 'warn', '10 3 2 3'],
      ['adopt', 'adopt', 'none'],
      ['forget', 'forget', '1 3'],
    ] as const
  ).flatMap(([kind, color, dashes]) => [
    `.${kind} .wire{stroke:var(--${color});stroke-dasharray:${dashes}}`,
    `.${kind} .port{fill:var(--${color});stroke:var(--${color})}`,
    `.${kind} .pill{stroke:var(--${color})}`,
    `.${kind} .word{fill:var(--${color})}`,
  ]),
  `.error{font:700 12px ${SANS};fill:var(--remove)}`,
  `.warning{font:700 12px ${SANS};fill:var(--warn)}`,
].join('');

export { MONO, SANS };
