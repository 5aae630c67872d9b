import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resolveSettings } from '../../lib/zec';
import { resolveEndpoint } from '../../lib/zec/settings';

const GUIDE = readFileSync(join(__dirname, '../../docs/guide/settings.md'), 'utf8');
/** The numbered rows of the guide: in each, the names of the places, or of the file. */
const PLACES = [...GUIDE.matchAll(/^\| (\d) +\|(.*)\|$/gm)].map(([, , text = '']) =>
  [...text.matchAll(/`([^` ]+)`/g)].map(([, name = '']) => name),
);

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'home-'));
  mkdirSync(join(home, '.zenlayer'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

/** Sets the credentials of these rows, and returns where those come from that are used. */
function sourceWith(rows: readonly (readonly string[])[]): string {
  const env: Record<string, string> = {};
  for (const [index, names] of rows.entries()) {
    for (const name of names) {
      if (!name.startsWith('~')) env[name] = `value-${index}`;
      else writeFileSync(join(home, name.slice(2)), '{"default":{"token":"in-file"}}', { mode: 0o600 });
    }
  }
  return resolveSettings({ env, homeDir: home }).sources.credentials;
}

test('the guide lists four places of credentials', () => {
  expect(PLACES.map(([first]) => first)).toEqual([
    'ZENLAYERCLOUD_ACCESS_KEY_ID',
    'ZENLAYER_TOKEN',
    'ZENLAYER_ACCESS_KEY_ID',
    '~/.zenlayer/credentials.json',
  ]);
});

test.each(PLACES.map((names, index) => [names[0] ?? '', index] as const))(
  'the credentials of %s win over those of all later rows',
  (name, index) => {
    expect(sourceWith(PLACES.slice(index))).toContain(name);
  },
);

test('ZENLAYERCLOUD_DOMAIN wins over ZENLAYER_ENDPOINT', () => {
  const vendor = { ZENLAYER_ENDPOINT: 'vendor.example.com' };
  expect(resolveEndpoint(vendor).domain).toBe('vendor.example.com');
  expect(resolveEndpoint({ ...vendor, ZENLAYERCLOUD_DOMAIN: 'ours.example.com' }).domain).toBe(
    'ours.example.com',
  );
});
