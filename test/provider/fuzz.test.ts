import fc from 'fast-check';
import { DiagnosticError } from '../../lib/plugin';
import type { Json } from '../../lib/plugin/codec';
import { Diagnostics } from '../../lib/plugin/diagnostics';
import { createLogger, Secrets } from '../../lib/plugin/log';
import { validateConfig } from '../../lib/plugin/plan';
import { UNKNOWN } from '../../lib/plugin/values';
import type { Value } from '../../lib/plugin/values';
import type { ProviderClient } from '../../lib/provider/client';
import { movedTarget } from '../../lib/provider/import-and-move';
import { nicAttachment } from '../../lib/provider/nic-attachment';
import { nicAttachmentSchema, readPrivate, timeoutMs } from '../../lib/provider/nic-attachment-state';
import { providerSettings } from '../../lib/provider/settings';
import { InvalidIdError } from '../../lib/zec/ids';
import { SettingsError } from '../../lib/zec/settings';
import { fuzz } from '../support/fuzz';
import { hostileJson, hostileKey, hostileText, hostileValue } from '../support/hostile';

const context = () => {
  const log = createLogger({ write: () => undefined, level: 'off', module: 'test' }, new Secrets());
  const client = { nicToImport: () => Promise.resolve({ instanceId: 'ins-9' }) } as unknown as ProviderClient;
  const signal = new AbortController().signal;
  return { signal, log, diagnostics: new Diagnostics(), client, privateState: new Uint8Array() };
};
const ID = /^[A-Za-z0-9][\w-]{0,127}$/;
const id = fc.oneof(hostileText, fc.constantFrom('nic-1', 'ins-1', 'nic_1'));

fuzz(
  'an import ID yields valid IDs or an error',
  [
    fc.oneof(
      id,
      fc.array(id, { maxLength: 4 }).map((parts) => parts.join(':')),
    ),
  ],
  async (text) => {
    try {
      const state = (await nicAttachment.importState?.(text, context())) as Record<string, unknown>;
      const { id: whole, nic_id, instance_id } = state;
      expect([nic_id, instance_id]).toEqual([expect.stringMatching(ID), expect.stringMatching(ID)]);
      expect(whole).toBe(`${String(nic_id)}:${String(instance_id)}`);
      expect(text === nic_id || text === whole).toBe(true);
    } catch (error) {
      expect(error).toBeInstanceOf(DiagnosticError);
      expect((error as Error).message.length).toBeLessThan(1000);
    }
  },
);

const sourceType = fc.constantFrom(
  'zenlayercloud_zec_vnic_attachment',
  'null_resource',
  'terraform_data',
  'toString',
);
const endpoints = fc
  .array(fc.tuple(fc.constantFrom('nic_id', 'instance_id', '__proto__'), fc.oneof(id, hostileValue)))
  .map((entries) => Object.fromEntries(entries) as unknown);
const stored = fc
  .array(
    fc.tuple(
      fc.oneof(fc.constantFrom('id', 'vnic_id', 'instance_id', 'triggers', 'triggers_replace'), hostileKey),
      fc.oneof(
        id,
        endpoints,
        endpoints.map((value) => ({ value, type: 'dynamic' })),
        hostileValue,
      ),
    ),
    { maxLength: 5 },
  )
  .map((entries) => Object.fromEntries(entries) as Record<string, Json>);

fuzz('a moved state yields valid IDs, nothing or an error', [sourceType, stored], (type, state) => {
  try {
    const target = movedTarget({ sourceType: type, sourceState: state }, { diagnostics: new Diagnostics() });
    if (target !== undefined)
      expect(Object.values(target)).toEqual([expect.stringMatching(ID), expect.stringMatching(ID)]);
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidIdError);
  }
});

fuzz(
  'private state is read with the right types or ignored',
  [hostileJson(fc.record({ failedAt: hostileValue, replacement: hostileValue }, { requiredKeys: [] }))],
  (bytes) => {
    const { failedAt = 0, replacement = {} } = readPrivate(bytes);
    expect([typeof failedAt, typeof replacement]).toEqual(['number', 'object']);
  },
);

const value = fc.oneof(
  hostileText.map((text): Value => text),
  fc.constantFrom<Value>(null, UNKNOWN, 'nic-1', '10m'),
);

fuzz(
  'a configuration that passes validation contains only valid or unknown IDs and durations',
  [value, value, value, value],
  (nic_id, instance_id, create, remove) => {
    const diagnostics = new Diagnostics();
    const config = { nic_id, instance_id, timeouts: { create, delete: remove } };
    validateConfig(nicAttachmentSchema, config, diagnostics);
    for (const { summary, detail = '' } of diagnostics.all)
      expect(`${summary}${detail}`.length).toBeLessThan(500);
    if (diagnostics.all.some(({ severity }) => severity === 'error')) return;
    for (const each of [nic_id, instance_id]) if (typeof each === 'string') expect(each).toMatch(ID);
    for (const each of [create, remove])
      if (typeof each === 'string') expect(timeoutMs(each)).toBeLessThanOrEqual(86_400_000);
  },
);

/** Mostly a valid value or null. */
const mostlyValid = (valid: string) => fc.oneof(fc.constantFrom(valid, valid, valid, null), hostileText);

fuzz(
  'any provider configuration is used or rejected with an error that shows no secret',
  [
    fc.record({
      access_key_id: mostlyValid('key-id'),
      access_key_password: mostlyValid('a-password-of-some-length'),
      token: mostlyValid('a-token-of-some-length'),
      domain: mostlyValid('localhost'),
      scheme: mostlyValid('https'),
      client_timeout: fc.oneof(fc.constant(null), fc.integer({ min: 1, max: 60 }), fc.double()),
      preflight: fc.option(fc.boolean()),
    }),
  ],
  (config) => {
    const hidden: string[] = [];
    try {
      const settings = providerSettings(
        config,
        {},
        {
          diagnostics: new Diagnostics(),
          addSecrets: (secrets) => void hidden.push(...secrets),
        },
      );
      const { credentials } = settings.resolve();
      const secret = credentials.kind === 'token' ? credentials.token : credentials.accessKeyPassword;
      expect(hidden).toContain(secret.reveal());
    } catch (error) {
      expect(error instanceof SettingsError || error instanceof DiagnosticError).toBe(true);
      for (const secret of [config.access_key_password, config.token])
        if (secret !== null && secret.length > 12) expect((error as Error).message).not.toContain(secret);
    }
  },
);
