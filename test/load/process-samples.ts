import { readdirSync, readFileSync } from 'node:fs';
import { descendants } from '../support/processes';

export interface KindFigures {
  readonly kind: string;
  /** Median over the processes of a quarter of the time: peak resident memory of each process, in megabytes. */
  readonly peakMb: readonly number[];
  /** The maximum in each quarter. */
  readonly descriptors: readonly number[];
  readonly processes: readonly number[];
  /** Memory of the last quarter, relative to the second. */
  readonly growth: number;
  readonly additionalDescriptors: number;
}

interface Sample {
  readonly kind: string;
  readonly quarter: number;
  rssKb: number;
  descriptors: number;
}

const INTERVAL_MS = 500;
const QUARTERS = 4;

/** Samples the memory and the descriptors of all child processes, by kind and quarter of the time. */
export class ProcessSamples {
  /** Per process and quarter, so that a long-lived process counts in each. */
  private readonly samples = new Map<string, Sample>();
  private readonly timer: NodeJS.Timeout;

  /** @param kinds a part of the arguments of each kind of process; the first that matches applies */
  public constructor(
    private readonly kinds: Readonly<Record<string, string>>,
    private readonly startedAt: number,
    private readonly durationMs: number,
  ) {
    this.timer = setInterval(() => this.sample(), INTERVAL_MS);
  }

  public stop(): void {
    clearInterval(this.timer);
  }

  public byKind(): readonly KindFigures[] {
    return Object.keys(this.kinds).map((kind) => {
      const quarters = Array.from({ length: QUARTERS }, (_, quarter) =>
        [...this.samples.values()].filter((each) => each.kind === kind && each.quarter === quarter),
      );
      const peakMb = quarters.map((each) => Math.round(median(each.map(({ rssKb }) => rssKb)) / 1024));
      const descriptors = quarters.map((each) => Math.max(0, ...each.map((sample) => sample.descriptors)));
      return {
        kind,
        peakMb,
        descriptors,
        processes: quarters.map((each) => each.length),
        growth: Math.round((100 * (peakMb.at(-1) ?? NaN)) / (peakMb[1] ?? NaN)) / 100,
        additionalDescriptors: (descriptors.at(-1) ?? 0) - (descriptors[1] ?? 0),
      };
    });
  }

  /** The arguments of the processes of these kinds that run now. */
  public running(): readonly string[] {
    return descendants(process.pid)
      .map(({ args }) => args)
      .filter((args) => this.kindOf(args) !== undefined);
  }

  private kindOf(args: string): string | undefined {
    return Object.entries(this.kinds).find(([, part]) => args.includes(part))?.[0];
  }

  private sample(): void {
    const quarter = Math.min(
      QUARTERS - 1,
      Math.floor((QUARTERS * (Date.now() - this.startedAt)) / this.durationMs),
    );
    for (const { pid, args } of descendants(process.pid)) {
      const kind = this.kindOf(args);
      if (kind === undefined) continue;
      const key = `${pid} ${quarter}`;
      const sample = this.samples.get(key) ?? { kind, quarter, rssKb: 0, descriptors: 0 };
      try {
        const rss = /^VmRSS:\s*(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
        sample.rssKb = Math.max(sample.rssKb, Number(rss ?? 0));
        sample.descriptors = Math.max(sample.descriptors, readdirSync(`/proc/${pid}/fd`).length);
      } catch {
        continue; // It has exited.
      }
      this.samples.set(key, sample);
    }
  }
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}
