/** Text that is HTML or SVG already. Only {@link markup} makes it. */
export class Markup {
  public constructor(public readonly text: string) {}
}

type Part = Markup | string | number | undefined | readonly Part[];

/** HTML or SVG from a template. Whatever is filled in is escaped, unless it is markup itself. */
export function markup(strings: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return new Markup(strings.reduce((text, string, index) => text + shown(parts[index - 1]) + string));
}

function shown(part: Part): string {
  if (part === undefined) return '';
  if (part instanceof Markup) return part.text;
  if (typeof part === 'object') return part.map((each) => shown(each)).join('');
  return String(part).replace(/[&<>"'`]/g, (character) => `&#${character.codePointAt(0) ?? 0};`);
}
