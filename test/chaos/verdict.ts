import type { LoggedRequest, TruthEvent, World } from '../../lib/simulator';

/** An attachment as `nicId` → `instanceId`. */
export type Attachments = Readonly<Record<string, string>>;

/** The situation after a command that ran without faults. */
export interface Aftermath {
  readonly world: World;
  readonly events: readonly TruthEvent[];
  readonly requests: readonly LoggedRequest[];
  /** The expected attachments. */
  readonly declared: Attachments;
  /** Existing attachments of other users. */
  readonly foreign: Attachments;
  /** Attachments that a destroy with `skipDestroy` leaves. */
  readonly kept?: Attachments | undefined;
  readonly exitCode: number | string;
  /** Attachments in Terraform's state; `undefined` without Terraform. */
  readonly recorded?: Attachments | undefined;
}

/** Checks the promises against the actual cloud state, with one sentence per violation. */
export function violations(after: Aftermath): string[] {
  const held = holders(after.world);
  return [
    ...(after.exitCode === 0 ? [] : [`the command without faults ended with ${after.exitCode}`]),
    ...missing({ ...after.kept, ...after.declared }, held),
    ...leaked(after, held),
    ...stolen(after, held),
    ...untrue(after),
  ];
}

function holders({ nics }: World): ReadonlyMap<string, string> {
  return new Map(
    nics.map(({ nicId, status, instanceId }) => [nicId, `${status} ${instanceId ?? 'free'}`] as const),
  );
}

function missing(declared: Attachments, held: ReadonlyMap<string, string>): string[] {
  return Object.entries(declared).flatMap(([nic, instance]) =>
    held.get(nic) === `USED ${instance}`
      ? []
      : [`${nic} should be USED by ${instance}, and is ${held.get(nic) ?? 'gone'}`],
  );
}

function leaked({ declared, foreign, kept }: Aftermath, held: ReadonlyMap<string, string>): string[] {
  const expected = { ...declared, ...foreign, ...kept };
  return [...held].flatMap(([nic, how]) =>
    nic in expected || how === 'AVAILABLE free' ? [] : [`${nic} was leaked: it is ${how}`],
  );
}

function stolen({ foreign, events, requests }: Aftermath, held: ReadonlyMap<string, string>): string[] {
  const now = Object.entries(foreign).flatMap(([nic, instance]) =>
    held.get(nic) === `USED ${instance}`
      ? []
      : [`${nic} belongs to ${instance}, and is ${held.get(nic) ?? 'gone'}`],
  );
  const ever = events
    .filter(({ nicId, by }) => nicId in foreign && by.kind === 'request')
    .map(({ nicId, to }) => `${nicId} is not ours, and a request of ours made it ${to?.status ?? 'go'}`);
  const asked = requests
    .filter(({ action, parameters }) => action === 'DetachNetworkInterface' && idOf(parameters) in foreign)
    .map(({ parameters }) => `a detach of ${idOf(parameters)} was sent, which is not ours`);
  return [...now, ...ever, ...asked];
}

function untrue({ recorded, declared }: Aftermath): string[] {
  if (recorded === undefined) return [];
  const wrong = Object.entries(recorded).filter(([nic, instance]) => declared[nic] !== instance);
  const lost = Object.keys(declared).filter((nic) => !(nic in recorded));
  return [
    ...wrong.map(([nic, instance]) => `the state records ${nic} at ${instance}, which is not declared`),
    ...lost.map((nic) => `the state does not record ${nic}`),
  ];
}

function idOf(parameters: unknown): string {
  return (parameters as { readonly nicId?: string } | undefined)?.nicId ?? '';
}
