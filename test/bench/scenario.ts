/** The result of one run of a side: a number for each metric. */
export type Figures<M extends string = string> = Readonly<Record<M, number>>;

export interface Metric {
  /** `ms`, `MiB`, `requests`: for display only. */
  readonly unit: string;
  /** The highest acceptable ratio of subject to baseline. Below 1 if the subject must be lower. */
  readonly goal?: number;
  /** The highest acceptable difference between subject and baseline, in the unit. */
  readonly goalMore?: number;
  /** The highest acceptable value of the subject, in the unit. */
  readonly goalMost?: number;
}

/** Both sides of a comparison, prepared. Each call is one run and must not affect later runs. */
export interface Sides<M extends string = string> {
  readonly baseline: () => Promise<Figures<M>>;
  readonly subject: () => Promise<Figures<M>>;
  /** Stops what `prepare` started. */
  readonly close?: () => Promise<void> | void;
}

/** One comparison of the bench. */
export interface Scenario<M extends string = string> {
  /** The name, from general to specific, for `--only`: `synth: 100 attachments, provider runner`. */
  readonly name: string;
  /** A short description of the baseline. */
  readonly against: string;
  readonly metrics: Readonly<Record<M, Metric>>;
  /** The number of runs of each side, unless `--runs` is given. Default 11. */
  readonly runs?: number;
  /** A run takes more than a few seconds: `--quick` omits it. */
  readonly slow?: boolean;
  /** Measures requests or the time of a fake clock, which need no warm-up run. */
  readonly steady?: boolean;
  readonly prepare: () => Promise<Sides<M>>;
}

/** Lets each scenario have its own metric names, and gives all scenarios one type. */
export function scenario<M extends string>(definition: Scenario<M>): Scenario {
  return definition;
}
