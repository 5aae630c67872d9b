import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { Deployment } from '../e2e/deployment';
import { fleet, pairsOf, planFrom, MIXED_CHANGES } from '../review/scenarios';
import { keep, zecNic } from '../review/zec-nic';
import { describeWithChromium, startChromium } from '../support/browser';
import { describeWithTerraform } from '../support/terraform';
import { axeViolations, focusOrder, lowContrasts, outside, overflowing } from './page';

const SCHEMES = ['light', 'dark'] as const;
const HOSTILE = {
  script: '</title></text></svg><script>window.hit = 1</script>',
  image: '"><img src="http://127.0.0.1:9/x" onerror="window.hit = 2">',
  style: "</style>'`;}*{display:none}/*&lt;&amp;",
  long: 'ＷＷＷ'.repeat(40),
  turned: '\u202egnp.exe \u0007\u001b[31mred',
} as const;

describeWithChromium('the review report in a browser', () => {
  describeWithTerraform('for a plan by Terraform', () => {
    let browser: Browser;
    let deployment: Deployment;
    /** File URLs: mixed changes, the same with hostile names, one attachment, and 200 attachments. */
    const files = new Map<string, string>();

    beforeAll(async () => {
      browser = await startChromium();
      deployment = await Deployment.fast(MIXED_CHANGES.world, {});
      const write = async (from: Deployment, name: string, plan: string) => {
        const path = keep(deployment, 'plan.json', plan);
        for (const format of ['html', 'svg']) {
          const { code, stdout, stderr } = await zecNic(from, ['review', path, '--format', format]);
          expect([[10, 11].includes(Number(code)), stderr]).toEqual([true, '']);
          files.set(`${name}.${format}`, pathToFileURL(keep(deployment, `${name}.${format}`, stdout)).href);
        }
      };
      const plan = await planFrom(deployment, MIXED_CHANGES.before, MIXED_CHANGES.after);
      await write(deployment, 'mixed', plan);
      deployment.simulator.cloud.patch({
        instances: [
          { instanceId: 'ins-web-1', instanceName: HOSTILE.script },
          { instanceId: 'ins-web-2', instanceName: HOSTILE.long, status: 'STOPPED' },
          { instanceId: 'ins-db-1', instanceName: HOSTILE.image },
        ],
        nics: [
          { nicId: 'nic-web-edge', name: HOSTILE.script },
          { nicId: 'nic-db-copy', name: HOSTILE.style },
          { nicId: 'nic-log-old', name: HOSTILE.turned },
          { nicId: 'nic-backup', name: HOSTILE.long },
        ],
      });
      await write(deployment, 'hostile', plan);
      for (const [name, world] of [
        ['one', fleet(1, 1)],
        ['many', fleet(40, 5)],
      ] as const) {
        const other = await Deployment.fast(world, {});
        await write(other, name, await planFrom(other, {}, pairsOf(world)));
        await other.close();
      }
    });
    afterAll(async () => {
      await browser.close();
      await deployment.close();
    });

    /** Opens a file. Fails if the page sends other requests, or logs anything unexpected. */
    async function open(
      file: string,
      use: (page: Page) => Promise<void>,
      options: {
        readonly colorScheme?: 'light' | 'dark';
        readonly width?: number;
        /** The expected console messages. */
        readonly logs?: readonly unknown[];
      } = {},
    ): Promise<void> {
      const { colorScheme = 'light', width = 1200, logs = [] } = options;
      const page = await browser.newPage({ colorScheme, viewport: { width, height: 800 } });
      const requested: string[] = [];
      const logged: string[] = [];
      page.on('request', (request) => requested.push(request.url()));
      page.on('console', (message) => logged.push(message.text()));
      page.on('pageerror', (error) => logged.push(error.message));
      page.on('dialog', (dialog) => {
        logged.push(dialog.message());
        void dialog.dismiss();
      });
      try {
        const url = files.get(file) ?? '';
        await page.goto(url);
        await use(page);
        expect([requested, logged]).toEqual([[url], logs]);
      } finally {
        await page.close();
      }
    }

    describe.each(SCHEMES)('in a %s scheme', (colorScheme) => {
      test.each([1200, 360])('axe finds no violations at a width of %s px', (width) =>
        open(
          'mixed.html',
          async (page) => {
            await page.locator('summary').click();
            expect(await axeViolations(page)).toEqual([]);
          },
          { colorScheme, width },
        ),
      );

      test.each(['mixed.html', 'mixed.svg'])(
        'every text of the diagram in %s has sufficient contrast',
        (file) => open(file, async (page) => expect(await lowContrasts(page)).toEqual([]), { colorScheme }),
      );

      test('the page has the background colour of the scheme', () =>
        open(
          'mixed.html',
          async (page) => {
            const ground = await page.evaluate('getComputedStyle(document.body).backgroundColor');
            expect(ground).toBe({ light: 'rgb(255, 255, 255)', dark: 'rgb(13, 17, 23)' }[colorScheme]);
          },
          { colorScheme },
        ));
    });

    test('every control is reachable by keyboard in page order, with a visible focus', () =>
      open('hostile.html', async (page) => {
        const stops = await focusOrder(page);
        const risks = await page.locator('.risks a').allTextContents();
        expect(risks.length).toBeGreaterThan(1);
        expect(stops.map(({ text }) => text)).toEqual([
          'Skip to the changes',
          ...risks,
          expect.stringContaining('of 7 attachments'),
        ]);
        for (const stop of stops)
          expect(stop).toEqual(expect.objectContaining({ outlined: true, inView: true }));
      }));

    test('the skip link, the links of the risks and the collapsed table work by keyboard', () =>
      open('mixed.html', async (page) => {
        await page.keyboard.press('Tab');
        await page.keyboard.press('Enter');
        expect(await page.evaluate('document.activeElement.id')).toBe('changes');
        await page.locator('.risks a').first().focus();
        await page.keyboard.press('Enter');
        expect(await page.locator('tr:target').innerText()).toContain('nic-log-old');
        await page.locator('summary').focus();
        await page.keyboard.press('Enter');
        expect(await page.locator('details table').isVisible()).toBe(true);
      }));

    test.each([
      ['mixed.html', 360],
      ['mixed.html', 320],
      ['mixed.html', 961],
      ['hostile.html', 360],
      ['hostile.html', 1200],
      ['many.html', 360],
      ['many.html', 1200],
    ])('%s does not scroll horizontally at a width of %s px', (file, width) =>
      open(
        file,
        async (page) => {
          await page.evaluate("document.querySelectorAll('details').forEach((each) => (each.open = true))");
          expect(await overflowing(page)).toEqual([]);
        },
        { width },
      ),
    );

    test.each(['mixed.svg', 'hostile.svg', 'one.svg', 'many.svg', 'hostile.html', 'many.html'])(
      'every text in %s stays within its box',
      (file) => open(file, async (page) => expect(await outside(page)).toEqual([])),
    );

    test('200 attachments are all shown, in the diagram and in the table', () =>
      open('many.html', async (page) => {
        expect(await page.locator('.boxes > li').count()).toBe(40);
        expect(await page.locator('.boxes .adopt').count()).toBe(200);
        expect(await page.locator('tbody tr').count()).toBe(200);
      }));

    test('additions and removals differ without colour: by symbol, dashes, text and an empty port', () =>
      open('mixed.svg', async (page) => {
        const of = (kind: string) =>
          page.evaluate(`(() => {
            const group = document.querySelector('g.${kind}:has(.pill)');
            return {
              sign: group.querySelector('.sign').textContent,
              word: group.querySelector('.word').textContent,
              empty: group.querySelectorAll('.none').length,
              dashes: getComputedStyle(group.querySelector('.wire')).strokeDasharray,
            };
          })()`);
        expect(await of('attach')).toEqual({ sign: '+', word: '+ attach', empty: 1, dashes: '6px, 4px' });
        expect(await of('detach')).toEqual({ sign: '−', word: '− detach', empty: 1, dashes: '2px, 4px' });
        const kept = page.locator('g.keep').last();
        expect(await kept.locator('.none, .sign').count()).toBe(0);
      }));

    test.each(['hostile.html', 'hostile.svg'])('hostile names are escaped in %s', (file) =>
      open(file, async (page) => {
        expect(await page.evaluate('window.hit')).toBeUndefined();
        expect(await page.evaluate('document.documentElement.nodeName')).toBe(
          file.endsWith('svg') ? 'svg' : 'HTML',
        );
        const injected =
          'script, img, iframe, object, embed, link, form, foreignObject, [onerror], [onload], parsererror';
        expect(await page.locator(injected).count()).toBe(0);
        expect(await page.locator('style').count()).toBe(1);
        const text = await page.evaluate('document.documentElement.textContent');
        expect(text).toContain(HOSTILE.script);
        expect(text).toContain(HOSTILE.image);
        // eslint-disable-next-line no-control-regex -- the page must not contain them
        expect(text).not.toMatch(/[\u0000-\u0008\u001b\u202e]/);
      }),
    );

    test('the content security policy blocks injected scripts', () =>
      open(
        'mixed.html',
        async (page) => {
          const ran = await page.evaluate(`(() => {
            const script = document.createElement('script');
            script.textContent = 'window.hit = 3';
            document.body.append(script);
            return window.hit;
          })()`);
          expect(ran).toBeUndefined();
        },
        { logs: [expect.stringContaining('Content Security Policy')] },
      ));

    test('the files contain no external URLs', () => {
      for (const [name, url] of files) {
        const text = readFileSync(new URL(url), 'utf8').replaceAll('http://www.w3.org/2000/svg', '');
        if (!name.startsWith('hostile'))
          expect([name, /https?:|url\(|@import|src=/i.exec(text)]).toEqual([name, null]);
      }
    });
  });
});
