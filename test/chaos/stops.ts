import type { Cloud, LoggedRequest, World } from '../../lib/simulator';
import { eventually } from '../support/processes';
import { INSTANCES } from './world';

/** The situation after a command that began with at most one STOPPED instance. */
export interface PowerAftermath {
  /** The instance that was STOPPED. */
  readonly stopped: string | undefined;
  readonly world: World;
  /** The requests since the command began. */
  readonly requests: readonly LoggedRequest[];
  readonly output: string;
  /** Whether the provider was killed, or could not finish because Terraform was. */
  readonly killed: boolean;
}

/** Waits until no instance is starting or stopping. One is then STOPPED, and the others are RUNNING. */
export async function stopOnly(stopped: string | undefined, cloud: Cloud): Promise<void> {
  await eventually('the instances have started or stopped', () =>
    cloud.world().instances.every(({ status }) => status === 'RUNNING' || status === 'STOPPED'),
  );
  const statuses = INSTANCES.map((id) => [id, { status: id === stopped ? 'STOPPED' : 'RUNNING' }] as const);
  cloud.patch({ instances: Object.fromEntries(statuses) });
}

/** Checks that instances are as before the command, with one sentence per violation. */
export function powerViolations(after: PowerAftermath): string[] {
  const { stopped, world, requests, output, killed } = after;
  const others = requests
    .filter(({ action }) => action === 'StartInstances' || action === 'StopInstances')
    .flatMap(({ action, parameters }) => {
      const { instanceIds } = parameters as { readonly instanceIds: readonly string[] };
      return instanceIds.filter((id) => id !== stopped).map((id) => `${action} was sent for ${id}`);
    });
  const changed = world.instances.flatMap(({ instanceId, status }) => {
    const before = instanceId === stopped ? 'STOPPED' : 'RUNNING';
    const isExcused = instanceId === stopped && (killed || output.includes(leftRunning(instanceId)));
    return status === before || isExcused ? [] : [`${instanceId} was ${before}, and is ${status}`];
  });
  return [...others, ...changed];
}

/** The warning about an instance that may not have been stopped again. */
export function leftRunning(instanceId: string): string {
  return `Instance ${instanceId} may have been left running`;
}
