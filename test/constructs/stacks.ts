import { App, TerraformStack, Testing } from 'cdktf';

export interface Synthesized {
  readonly locals?: Record<string, Record<string, Record<string, string>>>;
  readonly output?: Record<string, { readonly value: unknown }>;
  readonly provider?: Record<string, readonly Record<string, unknown>[]>;
  readonly resource: Record<string, Record<string, Block>>;
  readonly terraform?: { readonly required_providers?: Record<string, unknown> };
}

interface Block {
  readonly for_each?: string;
  readonly depends_on?: readonly string[];
  readonly provisioner?: readonly { readonly 'local-exec': Provisioner }[];
  readonly [name: string]: unknown;
}

interface Provisioner {
  readonly when?: string;
  readonly command: string;
  readonly interpreter: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

export const BUILT_IN = { 'zec:carrier': 'terraform_data' };

export function stackWith(context: Readonly<Record<string, string>> = {}, name = 'net'): TerraformStack {
  return new TerraformStack(Testing.app({ context: { ...context }, stackTraces: false }), name);
}

/** The stack as Terraform reads it, after all validations. */
export function synth(stack: TerraformStack): Synthesized {
  return JSON.parse(Testing.synth(stack, true)) as Synthesized;
}

/** The bundle's hash depends on the build, which a snapshot must not. */
export function withoutHash(text: string): string {
  return text.replaceAll(/\b[0-9A-F]{32}\b/g, 'HASH');
}

export function app(outdir: string, context: Readonly<Record<string, string>> = {}): App {
  return new App({ outdir, context: { ...context } });
}
