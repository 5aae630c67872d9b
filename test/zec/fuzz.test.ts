import fc from 'fast-check';
import { resolveSettings, SettingsError, ZecError } from '../../lib/zec';
import { readAnswer } from '../../lib/zec/answers';
import { acceptedSchema, instancesSchema, nicsSchema } from '../../lib/zec/schemas';

const options = { numRuns: 500, seed: 20260101 };
const schemas = [acceptedSchema, instancesSchema, nicsSchema];
const context = {
  action: 'DescribeInstances',
  doubt: 'not-applied',
  wallMs: 0,
  redact: (text: string) => text,
} as const;

const nic = fc.record(
  { nicId: fc.oneof(fc.constant('nic-1'), fc.string()), status: fc.anything(), instanceId: fc.anything() },
  { requiredKeys: [] },
);
const likely = fc.record(
  {
    requestId: fc.anything(),
    code: fc.anything(),
    message: fc.anything(),
    response: fc.record(
      {
        requestId: fc.anything(),
        totalCount: fc.anything(),
        dataSet: fc.oneof(fc.array(nic), fc.anything()),
      },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: [] },
);
const text = fc.oneof(
  likely.map((value) => JSON.stringify(value)),
  fc.json(),
  fc.string(),
  fc.constantFrom(
    '{"__proto__":{"polluted":1}}',
    '{"response":{"__proto__":{"polluted":1},"constructor":{"prototype":{}}}}',
  ),
);

afterEach(() => expect(({} as { polluted?: unknown }).polluted).toBeUndefined());

test('whatever comes as an answer is taken, or is the client’s own error', () => {
  fc.assert(
    fc.property(
      text,
      fc.constantFrom(200, 204, 301, 400, 403, 429, 500, 503),
      fc.constantFrom(...schemas),
      (body, status, schema) => {
        try {
          readAnswer({ status, headers: {}, body: Buffer.from(body) }, schema, context);
        } catch (error) {
          expect(error).toBeInstanceOf(ZecError);
          expect((error as Error).message).not.toMatch(/[\n\r]/);
        }
      },
    ),
    options,
  );
});

test('whatever stands in the files and variables is used, or is a settings error', () => {
  const profile = fc.record(
    { access_key_id: fc.anything(), access_key_secret: fc.anything(), token: fc.anything() },
    { requiredKeys: [] },
  );
  const credentials = fc.oneof(
    fc
      .dictionary(fc.constantFrom('default', 'work', '__proto__'), profile)
      .map((value) => Buffer.from(JSON.stringify(value))),
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
    text.map((value) => Buffer.from(value)),
  );
  const names = [
    'ZENLAYERCLOUD_DOMAIN',
    'ZENLAYERCLOUD_SCHEME',
    'ZENLAYERCLOUD_CLIENT_TIMEOUT',
    'ZENLAYER_PROFILE',
    'ZENLAYER_TOKEN',
  ];
  const env = fc.dictionary(fc.constantFrom(...names), fc.string());
  fc.assert(
    fc.property(credentials, credentials, env, (file, config, variables) => {
      const readFile = (path: string) => ({ bytes: path.endsWith('credentials.json') ? file : config });
      try {
        resolveSettings({ env: variables, homeDir: '/home', readFile });
      } catch (error) {
        expect(error).toBeInstanceOf(SettingsError);
      }
    }),
    options,
  );
});
