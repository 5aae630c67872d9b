import * as v from 'valibot';

/** The text is not what was asked for. `message` says what it is instead and what to run. */
export class TerraformJsonError extends Error {
  public constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'TerraformJsonError';
  }
}

export type Wanted = 'plan' | 'state';

const COMMAND: Readonly<Record<Wanted, string>> = {
  plan: 'terraform show -json PLANFILE',
  state: 'terraform show -json',
};
const READER: Readonly<Record<Wanted, string>> = { plan: 'zec-nic review', state: 'zec-nic drift' };
const ZIP = Buffer.from('PK\u0003\u0004', 'latin1');
const OBJECT = v.record(v.string(), v.unknown());

/**
 * What `terraform show -json` wrote of a saved plan, or of a state.
 * @throws TerraformJsonError
 */
export function readTerraformJson(bytes: Buffer, wanted: Wanted): Readonly<Record<string, unknown>> {
  if (bytes.subarray(0, ZIP.length).equals(ZIP)) {
    throw new TerraformJsonError(
      `this is a saved plan in Terraform's own form. Run: terraform show -json PLANFILE | ${READER.plan} -`,
    );
  }
  const text = decode(bytes);
  if (text.trim() === '') throw new TerraformJsonError(`there is nothing in it. ${howTo(wanted)}`);
  const parsed = v.safeParse(OBJECT, parse(text, wanted));
  if (!parsed.success) throw new TerraformJsonError(`this is not a ${wanted}. ${howTo(wanted)}`);
  const found = kindOf(parsed.output);
  if (found === 'raw-state') {
    throw new TerraformJsonError(`this is a state file in Terraform's own form. ${howTo(wanted)}`);
  }
  if (found === undefined) {
    throw new TerraformJsonError(`this is not what "terraform show -json" writes. ${howTo(wanted)}`);
  }
  if (found !== wanted) {
    throw new TerraformJsonError(
      `this is a ${found}, which "${READER[found]}" reads; a ${wanted} is wanted. ${howTo(wanted)}`,
    );
  }
  checkVersion(String(parsed.output.format_version), wanted);
  return parsed.output;
}

/** The values behind a schema, with the path of the first thing that is wrong. */
export function checked<T>(schema: v.GenericSchema<unknown, T>, value: unknown, wanted: Wanted): T {
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const path = issue.path?.map(({ key }) => String(key)).join('.') ?? '';
  throw new TerraformJsonError(
    `this is not a ${wanted} of a form that is known here (at ${JSON.stringify(path.slice(0, 200))}). ${howTo(wanted)}`,
  );
}

function kindOf(value: Readonly<Record<string, unknown>>): Wanted | 'raw-state' | undefined {
  if ('lineage' in value && 'serial' in value) return 'raw-state';
  if (typeof value.format_version !== 'string') return undefined;
  if ('resource_changes' in value || 'planned_values' in value || 'configuration' in value) return 'plan';
  return 'state';
}

function parse(text: string, wanted: Wanted): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    const why = text.trimStart().startsWith('{"@level"')
      ? 'this is the log that "terraform plan -json" writes, and not the plan'
      : text.trimStart().startsWith('{')
        ? 'this is not whole JSON'
        : 'this is not JSON';
    throw new TerraformJsonError(`${why}. ${howTo(wanted)}`, { cause: error });
  }
}

/** UTF-8; or UTF-16, in which older PowerShells write what is redirected into a file. */
function decode(bytes: Buffer): string {
  const encoding = bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : 'utf-8';
  return new TextDecoder(encoding).decode(bytes);
}

function checkVersion(version: string, wanted: Wanted): void {
  // Terraform promises to add only, within a major version. 0.x was written before 1.0 and has the same form.
  if (/^[01]\.\d{1,4}$/.test(version)) return;
  throw new TerraformJsonError(
    `this ${wanted} has the format version ${JSON.stringify(version.slice(0, 40))}, and 1.x is known here. ` +
      'A newer zec-nic may read it.',
  );
}

function howTo(wanted: Wanted): string {
  return `What is read here is the output of "${COMMAND[wanted]}".`;
}
