import { DEFAULT_TIMEOUT_SECONDS, MAX_TIMEOUT_SECONDS } from '../contract';
import { DURATION_SHAPE, parseDuration } from '../duration';
import { InvalidIdError, quote } from '../zec/ids';
import { UsageError } from './usage-error';

/** What a shell offers while a value is typed: names of files, names of commands, or these words. */
export type Completion = 'files' | 'commands' | readonly string[];

/** An option or an argument of a command; `T` is what its text becomes, `undefined` where it may be left out. */
export interface Option<T = unknown> {
  /** What it is, in words that follow its name. */
  readonly help: string;
  /** What stands for its value in help texts, such as `FILE`; without one it is a flag. */
  readonly value?: string;
  /** The environment variable that is read when the command line does not give it. */
  readonly env?: string;
  readonly short?: string;
  readonly required?: boolean;
  /** The text that is taken when nothing else gives one. */
  readonly default?: string;
  /** The text that is taken when the option is given without a value. Only for commands without arguments. */
  readonly implied?: string;
  readonly complete?: Completion;
  /** @throws UsageError or InvalidIdError */
  readonly parse: (text: string) => T;
}

export type Options = Readonly<Record<string, Option>>;

/** What a command line says, by the names of the options. */
export type Values<O extends Options> = {
  readonly [K in keyof O]: O[K] extends Option<infer T> ? T : never;
};

type Hints = Pick<Option, 'help' | 'value' | 'env' | 'short' | 'complete'>;

/** `--like-this` for `likeThis`. */
export function flagName(key: string): string {
  return `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** An option without a value. */
export function flag(help: string, short?: string): Option<boolean> {
  return { help, ...(short === undefined ? {} : { short }), parse: () => true };
}

export function text(hints: Hints & { readonly value: string }): Option<string | undefined> {
  return { ...hints, parse: (value) => value };
}

/** A vNIC's or an instance's id, whose shape `parse` checks. */
export function id<T>(
  hints: Hints & { readonly value: string },
  parse: (value: string) => T,
): Option<T | undefined> {
  return {
    ...hints,
    parse: (value) => {
      try {
        return parse(value);
      } catch (error) {
        if (!(error instanceof InvalidIdError)) throw error;
        throw new UsageError(error.message, { cause: error });
      }
    },
  };
}

/** One of a few words. */
export function choice<const W extends string>(
  name: string,
  words: readonly W[],
  hints: Hints,
): Option<W | undefined> {
  return {
    value: words.join('|'),
    complete: words,
    ...hints,
    parse: (value) => {
      const word = words.find((each) => each === value);
      if (word === undefined) {
        throw new UsageError(`the ${name} ${quote(value)} is not one of ${words.join(', ')}`);
      }
      return word;
    },
  };
}

export function wholeNumber(
  name: string,
  [least, most]: readonly [number, number],
  hints: Hints & { readonly value: string },
): Option<number | undefined> {
  return {
    ...hints,
    parse: (value) => {
      const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
      if (!(number >= least && number <= most)) {
        throw new UsageError(`${name} ${quote(value)} is not a number from ${least} to ${most}`);
      }
      return number;
    },
  };
}

/** A duration, in milliseconds; `name` is what it is called in errors. */
export function duration(
  name: string,
  hints: Hints,
  { leastMs = 1, mostSeconds = MAX_TIMEOUT_SECONDS }: { leastMs?: number; mostSeconds?: number } = {},
): Option<number | undefined> {
  const least = leastMs === 1 ? 'more than nothing' : `at least ${leastMs / 1000}s`;
  const most = mostSeconds < 3600 ? `${mostSeconds / 60}m` : `${mostSeconds / 3600}h`;
  return {
    value: 'T',
    ...hints,
    parse: (value) => {
      const ms = parseDuration(value);
      if (ms === undefined || ms < leastMs || ms > mostSeconds * 1000) {
        throw new UsageError(
          `the ${name} ${quote(value)} is not ${DURATION_SHAPE}, ${least} and at most ${most}`,
        );
      }
      return ms;
    },
  };
}

export function required<T>(option: Option<T>): Option<NonNullable<T>> {
  return { ...(option as Option<NonNullable<T>>), required: true };
}

export function withDefault<T>(option: Option<T>, value: string): Option<NonNullable<T>> {
  return { ...(option as Option<NonNullable<T>>), default: value };
}

/** Where `--watch` and the like may stand without a value. */
export function impliedValue<T>(option: Option<T>, value: string): Option<T> {
  return { ...option, implied: value };
}

/** The options that every command has. */
export const COMMON = {
  help: flag('this text', 'h'),
  noColor: flag('no colours, as with NO_COLOR in the environment'),
} satisfies Options;

export const JSON_FLAG = flag('the result as one line of JSON');

export const DEFAULT_TIMEOUT = `${DEFAULT_TIMEOUT_SECONDS / 60}m`;
