import type { LoggedRequest } from '../../lib/simulator';
import { foreignDetach, outdated } from './checks';
import type { RunRecord } from './checks';
import type { Conditions } from './scenario';

/** Counts of events in a run, by name. */
export class Counts {
  public readonly all: Record<string, number> = {};

  public add(what: string, times = 1): void {
    if (times > 0) this.all[what] = (this.all[what] ?? 0) + times;
  }

  public addRun({ attempts, changes, truth }: RunRecord): void {
    this.add('operations', attempts.length);
    for (const { ended, operation } of attempts) {
      this.add(ended?.ok ? 'succeeded' : 'failed');
      if (ended?.ok && operation.until === 'accepted') this.add('attaches accepted');
    }
    this.add('mutating requests', changes.length);
    this.add('successes outdated at their return', attempts.filter((each) => outdated(each, truth)).length);
    this.add(
      'detaches of a vNIC moved after the read',
      changes.filter((each) => foreignDetach(each, truth)).length,
    );
  }

  public addRequests(requests: readonly Pick<LoggedRequest, 'fault' | 'code'>[]): void {
    for (const { fault, code } of requests) {
      this.add('requests');
      if (fault !== undefined) this.add(`fault ${fault}`);
      else if (code === 'REQUEST_LIMIT_EXCEEDED') this.add('fault rate limit');
    }
  }

  public addWorld(world: Conditions['world']): void {
    const lag = world.settings?.describeLagMs ?? 0;
    if (typeof lag !== 'number') this.add('runs with flapping reads');
    else if (lag > 0) this.add('runs with lagging reads');
  }
}
