import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';

const AXE = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

/** The violations that axe-core finds, as `rule: element`. */
export async function axeViolations(page: Page): Promise<readonly string[]> {
  await page.evaluate(AXE);
  return page.evaluate<string[]>(`axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) =>
    violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => id + ': ' + html + ' ' + failureSummary)))`);
}

export interface Stop {
  readonly text: string;
  readonly outlined: boolean;
  readonly inView: boolean;
}

/** The elements that the Tab key focuses, until it leaves the page. */
export async function focusOrder(page: Page): Promise<readonly Stop[]> {
  const stops: Stop[] = [];
  for (;;) {
    await page.keyboard.press('Tab');
    const stop = await page.evaluate<Stop | null>(`(() => {
      const focused = document.activeElement;
      if (focused === document.body) return null;
      const { outlineStyle, outlineWidth } = getComputedStyle(focused);
      const { left, top, right, bottom } = focused.getBoundingClientRect();
      return {
        text: focused.textContent.trim(),
        outlined: outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2,
        inView: left >= 0 && top >= 0 && right <= innerWidth && bottom <= innerHeight,
      };
    })()`);
    if (stop === null || stops.length > 50) return stops;
    stops.push(stop);
  }
}

/** The elements that overflow the right edge of the viewport. */
export async function overflowing(page: Page): Promise<readonly string[]> {
  return page.evaluate<string[]>(`(() => {
    const width = document.documentElement.clientWidth;
    const page = document.documentElement.scrollWidth > width ? ['the page: ' + document.documentElement.scrollWidth] : [];
    const wide = [...document.querySelectorAll('body *:not(svg *)')]
      .filter((each) => each.getBoundingClientRect().right > width + 0.5)
      .map((each) => each.tagName + ' ' + each.textContent.slice(0, 60));
    return [...page, ...wide];
  })()`);
}

/** Texts that overflow their box or the diagram, and texts that are clipped without an ellipsis. */
export async function outside(page: Page): Promise<readonly string[]> {
  return page.evaluate<string[]>(`[...document.querySelectorAll('svg text')].flatMap((text) => {
    const box = text.closest('svg:has(> .box)');
    const frame = text.ownerSVGElement;
    const whole = frame.parentNode.closest?.('svg') ?? frame;
    const { left, right } = (box ? box.querySelector('.box') : whole).getBoundingClientRect();
    const inner = text.getBoundingClientRect();
    // Each line of a box has its own <svg>, which clips overflow.
    const line = frame !== box && frame !== whole ? frame.getBoundingClientRect() : undefined;
    const clipped = line !== undefined && inner.right > line.right + 0.5;
    const tolerance = text.classList.contains('sign') ? 12 : 0.5;
    const overflows = Math.min(inner.right, line?.right ?? Infinity) > right + tolerance || inner.left < left - tolerance;
    return [
      ...(clipped && !text.textContent.includes('…') ? ['clipped: ' + text.textContent] : []),
      ...(overflows ? ['overflows: ' + text.textContent] : []),
    ];
  })`);
}

/** Texts of the diagram whose contrast to their background is less than 4.5 to 1. */
export async function lowContrasts(page: Page): Promise<readonly string[]> {
  return page.evaluate<string[]>(`(() => {
    const root = getComputedStyle(document.querySelector('.zec') ?? document.documentElement);
    const probe = document.querySelector('svg text');
    const color = (value) => {
      const [r, g, b] = value.match(/[0-9.]+/g).map(Number);
      return [r, g, b].map((each) => each / 255);
    };
    const named = (name) => {
      const hex = root.getPropertyValue(name).trim();
      return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255);
    };
    const luminance = (rgb) => {
      const [r, g, b] = rgb.map((each) => (each <= 0.04045 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4));
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const contrast = (one, other) => {
      const [a, b] = [luminance(one), luminance(other)].sort((x, y) => y - x);
      return (a + 0.05) / (b + 0.05);
    };
    const texts = [...document.querySelectorAll('svg text')];
    if (texts.length === 0) return ['the diagram has no text'];
    return texts.flatMap((text) => {
      const behind = text.classList.contains('sign')
        ? [color(getComputedStyle(text.previousElementSibling).fill)]
        : [named('--ground'), named('--panel')];
      const worst = Math.min(...behind.map((each) => contrast(color(getComputedStyle(text).fill), each)));
      return worst < 4.5 ? [text.textContent + ' ' + worst.toFixed(2)] : [];
    });
  })()`);
}
