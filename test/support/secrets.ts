/** Secrets that no text contains by chance, with characters that JSON, URLs and templates escape. */
export const SECRETS = {
  password: 'RECOGNISABLE-pass/word+"1"',
  token: 'RECOGNISABLE-token.aaa_bbb',
  profile: 'RECOGNISABLE-profile-secret',
} as const;

const START = 'RECOGNISABLE';
const FRAGMENTS = [
  START,
  Buffer.from(START).toString('hex'),
  // The base64 encoding within a longer text depends on the offset modulo 3.
  ...[0, 1, 2].map((offset) => {
    const text = Buffer.from(' '.repeat(offset) + START).toString('base64');
    return text.slice(offset === 0 ? 0 : offset + 1, 16 + offset - 3);
  }),
];

/** The encodings in which a server may echo a secret. */
export function writings(secret: string): string {
  const json = JSON.stringify({ secret });
  const ways = [
    secret,
    json,
    JSON.stringify(json),
    encodeURIComponent(secret),
    new URLSearchParams({ secret }).toString(),
    Buffer.from(secret).toString('base64'),
    Buffer.from(`id:${secret}`).toString('base64'),
    Buffer.from(`x id:${secret}`).toString('base64url'),
    Buffer.from(secret).toString('hex'),
  ];
  return ways.join(' | ');
}

export interface Place {
  readonly path: string;
  readonly text: string;
}

/** All occurrences of a secret, or of its beginning, in any of these encodings, with the surrounding text. */
export function showing(places: readonly Place[]): readonly string[] {
  return places.flatMap(({ path, text }) =>
    FRAGMENTS.filter((fragment) => text.toLowerCase().includes(fragment.toLowerCase())).map((fragment) => {
      const at = text.toLowerCase().indexOf(fragment.toLowerCase());
      return `${path}: ${text.slice(Math.max(0, at - 60), at + 60)}`;
    }),
  );
}
