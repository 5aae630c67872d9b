/** What one run of a side gave: a number for each metric. */
export type Figures<M extends string = string> = Readonly<Record<M, number>>;

export interface Metric {
  /** `ms`, `MiB`, `requests`: for people only. */
  readonly unit: string;
  /** The highest ratio of subject to baseline that we want; below 1 where the subject has to be the lesser one. */
  readonly goal?: number;
  /** The highest difference of subject to baseline that we want, in the unit. */
  readonly goalMore?: number;
  /** The highest figure of the subject that we want, in the unit. */
  readonly goalMost?: number;
}

/** Both sides of a comparison, prepared. Each call is one run and must not affect later runs. */
export interface Sides<M extends string = string> {
  readonly baseline: () => Promise<Figures<M>>;
  readonly subject: () => Promise<Figures<M>>;
  /** Ends what `prepare` started. */
  readonly close?: () => Promise<void> | void;
}

/** One comparison of the bench. */
export interface Scenario<M extends string = string> {
  /** Words that `--only` finds, with what they have in common first: `synth: 100 attachments, provider runner`. */
  readonly name: string;
  /** What the baseline is, in a few words. */
  readonly against: string;
  readonly metrics: Readonly<Record<M, Metric>>;
  /** How many runs of each side; `--runs` overrules. 11 if it does not say. */
  readonly runs?: number;
  /** Takes more than a few seconds a run: left out by `--quick`. */
  readonly slow?: boolean;
  /** Counts requests or a fake clock's time, which no warm-up changes: every run counts. */
  readonly steady?: boolean;
  readonly prepare: () => Promise<Sides<M>>;
}

/** Gives each scenario its own metric names, and all of them one type. */
export function scenario<M extends string>(definition: Scenario<M>): Scenario {
  return definition;
}
