import type { Command } from './command';
import { flagName } from './options';
import type { Option } from './options';

/** The commands as data, for tools that want to know what there is. */
export function forMachines(commands: readonly Command[]): Record<string, unknown> {
  return {
    ok: true,
    commands: commands.map(({ name, summary, description, args = {}, options, examples, exitCodes }) => ({
      name,
      summary,
      description,
      arguments: Object.entries(args).map(([key, argument]) => described(argument.value ?? key, argument)),
      options: Object.entries(options).map(([key, option]) => described(flagName(key), option)),
      examples,
      exitCodes,
    })),
  };
}

function described(name: string, option: Option): Record<string, unknown> {
  const { help, value, env, short, required, default: fallback, implied } = option;
  return {
    name,
    help,
    value: value ?? null,
    env: env ?? null,
    short: short ?? null,
    required: required ?? false,
    default: fallback ?? null,
    implied: implied ?? null,
  };
}
