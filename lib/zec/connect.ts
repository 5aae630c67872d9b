import { ZecClient } from './client';
import { systemClock } from './clock';
import type { InFlightStore } from './in-flight';
import { InFlightFiles } from './in-flight-files';
import { RateFile } from './rate-file';
import type { ZecSettings } from './settings';

/** Access to the API that shares its rate and its requests in flight with the other processes of this user. */
export interface Connection {
  /** To be closed. */
  readonly api: ZecClient;
  readonly inFlight: InFlightStore;
}

export function connect(settings: ZecSettings): Connection {
  return {
    api: new ZecClient(settings, { rateStore: new RateFile(settings, systemClock) }),
    inFlight: new InFlightFiles(settings, systemClock),
  };
}
