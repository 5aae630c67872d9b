import { KINDS } from './document';

// Markup with automatic escaping, colours and styles. The HTML page and the SVG diagram share them.

/** Trusted HTML or SVG, normally made by {@link markup}. */
export class Markup {
  public constructor(public readonly text: string) {}
}

type Part = Markup | string | number | undefined | readonly Part[];

/** A template tag for HTML or SVG. Escapes every value that is not {@link Markup}. */
export function markup(strings: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return new Markup(strings.reduce((text, string, index) => text + escaped(parts[index - 1]) + string));
}

function escaped(part: Part): string {
  if (part === undefined) return '';
  if (part instanceof Markup) return part.text;
  if (typeof part === 'object') return part.map((each) => escaped(each)).join('');
  return String(part).replace(/[&<>"'`]/g, (character) => `&#${character.codePointAt(0) ?? 0};`);
}

/**
 * The colours by purpose, for the light and the dark scheme. Text has a contrast of at least 4.5 to 1 to its background
 * (WCAG 2 AA).
 */
const COLORS = {
  ground: ['#ffffff', '#0d1117'],
  panel: ['#f6f8fa', '#161b22'],
  text: ['#1f2328', '#e6edf3'],
  soft: ['#59636e', '#9da7b3'],
  line: ['#d1d9e0', '#30363d'],
  wire: ['#818b98', '#6e7681'],
  add: ['#116329', '#56d364'],
  remove: ['#a40e26', '#ff8182'],
  move: ['#0550ae', '#79c0ff'],
  warn: ['#7d4e00', '#e3b341'],
  adopt: ['#0b6170', '#56d4dd'],
  forget: ['#6639ba', '#d2a8ff'],
} as const;

/** CSS variables for the colours, on `selector`. */
export function palette(selector: string): string {
  const [light, dark] = ([0, 1] as const).map((scheme) =>
    Object.entries(COLORS)
      .map(([name, schemes]) => `--${name}:${schemes[scheme]}`)
      .join(';'),
  );
  return `${selector}{color-scheme:light dark;${light ?? ''}}@media(prefers-color-scheme:dark){${selector}{${dark ?? ''}}}`;
}

export const MONO = 'ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace';
export const SANS = 'system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","DejaVu Sans",sans-serif';

const COLORED_KINDS = Object.entries(KINDS).filter(([, { color }]) => color !== undefined);

export const DIAGRAM_STYLE = [
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
  ...COLORED_KINDS.flatMap(([kind, { color = '', dashes = '' }]) => [
    `.${kind} .wire{stroke:var(--${color});stroke-dasharray:${dashes}}`,
    `.${kind} .port{fill:var(--${color});stroke:var(--${color})}`,
    `.${kind} .pill{stroke:var(--${color})}`,
    `.${kind} .word{fill:var(--${color})}`,
  ]),
  `.error{font:700 12px ${SANS};fill:var(--remove)}`,
  `.warning{font:700 12px ${SANS};fill:var(--warn)}`,
].join('');

export const REPORT_STYLE = [
  palette(':root'),
  DIAGRAM_STYLE,
  `*{box-sizing:border-box}`,
  `body{margin:0 auto;max-width:1180px;padding:24px 20px 48px;background:var(--ground);color:var(--text);font:15px/1.5 ${SANS}}`,
  `h1{font-size:22px;margin:0 0 4px}h2{font-size:17px;margin:32px 0 10px}`,
  `a{color:var(--move)}a:focus-visible,summary:focus-visible,.skip:focus-visible{outline:2px solid var(--move);outline-offset:2px;border-radius:3px}`,
  `code,.code{font:13px ${MONO};overflow-wrap:anywhere;unicode-bidi:isolate}.whole{white-space:nowrap}`,
  `.skip{position:absolute;left:-999px}.skip:focus{left:20px;top:4px;background:var(--ground);padding:4px 8px}`,
  `.quiet{color:var(--soft);font-size:13px}`,
  `.verdict{display:inline-block;margin:6px 0;padding:4px 12px;border-radius:999px;border:1.5px solid;font-weight:600}`,
  `.verdict-risky{color:var(--remove)}.verdict-changes{color:var(--move)}.verdict-none{color:var(--add)}`,
  `.counts{display:flex;flex-wrap:wrap;gap:8px;padding:0;margin:10px 0;list-style:none}`,
  `.counts li{background:var(--panel);border:1px solid var(--line);border-radius:6px;padding:2px 10px}`,
  `.risks{padding:0;margin:0;list-style:none}.risks>li{border:1px solid var(--line);border-left-width:4px;border-radius:6px;padding:8px 12px;margin:8px 0;overflow-wrap:anywhere}`,
  `.risks>.risk-error{border-left-color:var(--remove)}.risks>.risk-warning{border-left-color:var(--warn)}`,
  `.level{font-weight:600;white-space:nowrap}.level-error{color:var(--remove)}.level-warning{color:var(--warn)}.level-note{color:var(--soft)}`,
  `.boxes{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,310px),1fr));gap:14px;align-items:start;padding:0;margin:0;list-style:none}`,
  `.boxes svg,.legend svg{display:block;width:100%;height:auto;max-width:460px}.legend{max-width:460px;margin-top:12px}`,
  `table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:8px 12px 8px 0;border-top:1px solid var(--line);overflow-wrap:anywhere}th{font-size:13px;color:var(--soft);border-top:0}`,
  `tr:target td{background:var(--panel)}`,
  `.kind{font-weight:600;white-space:nowrap}`,
  ...COLORED_KINDS.map(([kind, { color = '' }]) => `.kind-${kind}{color:var(--${color})}`),
  `.step{white-space:nowrap}`,
  `td ul{margin:0;padding:0;list-style:none}td li+li{margin-top:4px}`,
  `summary{cursor:pointer;font-weight:600}`,
  `@media(max-width:960px){thead{position:absolute;left:-999px}tr,td{display:block}tr{border:1px solid var(--line);border-radius:6px;padding:6px 12px;margin:10px 0}td{display:grid;grid-template-columns:84px minmax(0,1fr);border:0;padding:3px 0}td::before{content:attr(data-label);color:var(--soft);font-size:13px}td.empty{display:none}}`,
  `@media print{.boxes{display:block}.boxes li{break-inside:avoid;margin-bottom:12px}}`,
].join('');
