import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';

const AXE = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

/** What axe-core has against a page, as `rule: element`. */
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

/** What the Tab key stops at, until it leaves the page. */
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

/** What reaches beyond the right edge of the window. */
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

/** Texts that reach out of the box of their instance, or of the picture; and those that are cut off without a sign of it. */
export async function outside(page: Page): Promise<readonly string[]> {
  return page.evaluate<string[]>(`[...document.querySelectorAll('svg text')].flatMap((text) => {
    const box = text.closest('svg:has(> .box)');
    const frame = text.ownerSVGElement;
    const whole = frame.parentNode.closest?.('svg') ?? frame;
    const { left, right } = (box ? box.querySelector('.box') : whole).getBoundingClientRect();
    const inner = text.getBoundingClientRect();
    // A line has a frame of its own within the box, which cuts off what does not fit.
    const line = frame !== box && frame !== whole ? frame.getBoundingClientRect() : undefined;
    const cutOff = line !== undefined && inner.right > line.right + 0.5;
    const tolerance = text.classList.contains('sign') ? 12 : 0.5;
    const beyond = Math.min(inner.right, line?.right ?? Infinity) > right + tolerance || inner.left < left - tolerance;
    return [
      ...(cutOff && !text.textContent.includes('…') ? ['cut off: ' + text.textContent] : []),
      ...(beyond ? ['beyond: ' + text.textContent] : []),
    ];
  })`);
}

/** Texts of the picture whose contrast to what is behind them is less than 4.5 to 1. */
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
    if (texts.length === 0) return ['there is no text'];
    return texts.flatMap((text) => {
      const behind = text.classList.contains('sign')
        ? [color(getComputedStyle(text.previousElementSibling).fill)]
        : [named('--ground'), named('--panel')];
      const worst = Math.min(...behind.map((each) => contrast(color(getComputedStyle(text).fill), each)));
      return worst < 4.5 ? [text.textContent + ' ' + worst.toFixed(2)] : [];
    });
  })()`);
}
