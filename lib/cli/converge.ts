import { showDuration } from '../duration';
import { ConvergenceProgress, OperationError } from '../handler';
import type { NicAttachmentHandler, ProgressEvent } from '../handler';
import { systemClock } from '../zec/clock';
import { quote } from '../zec/ids';
import type { NicId } from '../zec/ids';
import type { DeclaredAttachment } from './attachment-set';
import type { Session } from './command';
import { exitCodeOf } from './exit';
import { EXIT } from './exit-codes';
import type { ExitCode } from './exit-codes';
import { progressPrinter } from './output';
import { ParentWatch } from './parent-watch';
import { errorForMachines, errorForPeople } from './shown-errors';

/** What became of one attachment. */
type Result =
  | { readonly declared: DeclaredAttachment; readonly ok: true; readonly adopted: boolean }
  | { readonly declared: DeclaredAttachment; readonly ok: false; readonly error: Error };

/**
 * Attaches every attachment of a set that is not attached yet, all at once, each within its own timeout. One that
 * fails does not stop the others; all failures are reported together.
 */
export async function convergeSet(
  handler: NicAttachmentHandler,
  set: readonly DeclaredAttachment[],
  json: boolean,
  session: Session,
): Promise<ExitCode> {
  const startedAt = systemClock.now();
  const told = json ? () => undefined : session.out;
  const results = await attachAll(handler, set, told, session);
  const elapsedMs = Math.round(systemClock.now() - startedAt);
  const failures = results.filter((each) => !each.ok);
  if (json) {
    const attachments = results.map(forMachines);
    session.out(`${JSON.stringify({ ok: failures.length === 0, attachments, elapsedMs })}\n`);
  } else {
    session.out(`${summary(results)} (took ${showDuration(elapsedMs)})\n`);
  }
  if (failures.length > 0) session.err(`${report(failures, set.length)}\n`);
  return exitCode(failures);
}

function attachAll(
  handler: NicAttachmentHandler,
  set: readonly DeclaredAttachment[],
  out: (text: string) => void,
  session: Session,
): Promise<readonly Result[]> {
  const progress = new ConvergenceProgress(
    set.flatMap(({ target }) => target?.nicId ?? []),
    systemClock,
    (line) => session.err(`${line}\n`),
  );
  const print = set.length === 1 ? progressPrinter(session) : warningsOnly(session);
  const parent = new ParentWatch();
  const signal = AbortSignal.any([session.signal, parent.signal]);
  return Promise.all(set.map((declared) => attach(declared))).finally(() => parent.stop());

  async function attach(declared: DeclaredAttachment): Promise<Result> {
    const { target, timeoutMs, invalid } = declared;
    if (target === undefined) return { declared, ok: false, error: invalid ?? new Error('no ids') };
    const onProgress = (event: ProgressEvent) => {
      // A request may be about to leave.
      parent.check();
      print(event);
      if (set.length > 1) progress.update(target.nicId, event.message);
    };
    const result = await handler.create(target, { timeoutMs, signal, onProgress });
    if (result.ok && !result.adopted) out(`${relation(declared)}\n`);
    tell(target.nicId, result.ok);
    return result.ok
      ? { declared, ok: true, adopted: result.adopted }
      : { declared, ok: false, error: result.error };
  }

  function tell(nicId: NicId, ok: boolean): void {
    if (set.length === 1) return;
    if (ok) progress.attached(nicId);
    else progress.failed(nicId);
  }
}

function warningsOnly(session: Session): (event: ProgressEvent) => void {
  const warned = new Set<string>();
  return ({ warning }) => {
    if (warning === undefined || warned.has(warning)) return;
    warned.add(warning);
    session.err(`warning: ${warning}\n`);
  };
}

function summary(results: readonly Result[]): string {
  const count = (holds: (result: Result) => boolean) => results.filter(holds).length;
  const counts: readonly (readonly [number, string])[] = [
    [count((each) => each.ok && !each.adopted), 'attached'],
    [count((each) => each.ok && each.adopted), 'already attached'],
    [count((each) => !each.ok), 'failed'],
  ];
  const shown = counts.filter(([times]) => times > 0).map(([times, what]) => `${times} ${what}`);
  const total = `${results.length} ${results.length === 1 ? 'attachment' : 'attachments'}`;
  return shown.length === 0 ? 'no attachments' : `${total}: ${shown.join(', ')}`;
}

/** All failures. Attachments whose shared request failed have one error together. */
function report(failures: readonly Result[], total: number): string {
  const byCause = new Map<unknown, Result[]>();
  for (const each of failures) {
    const key = each.ok ? each : (causeOf(each.error) ?? each.error);
    byCause.set(key, [...(byCause.get(key) ?? []), each]);
  }
  const all = [...byCause.values()].map((group) => {
    const [first] = group;
    if (first === undefined || first.ok) return '';
    const others = group.length === 1 ? '' : `\n  The same for: ${group.slice(1).map(named).join(', ')}`;
    return `${first.declared.construct}: ${errorForPeople(first.error)}${others}`;
  });
  return [
    ...all,
    `error: ${failures.length} of ${total} attachments failed. The others are attached; apply again to continue with these.`,
  ].join('\n');
}

function causeOf(error: Error): unknown {
  return error instanceof OperationError ? error.details.cause : undefined;
}

function named({ declared: { construct, nicId, instanceId } }: Result): string {
  return `${construct} (vNIC ${quote(nicId)}, instance ${quote(instanceId)})`;
}

function relation({ nicId, instanceId }: DeclaredAttachment): string {
  return `vNIC ${nicId} is attached to instance ${instanceId}`;
}

function forMachines(result: Result): Record<string, unknown> {
  const { construct, nicId, instanceId } = result.declared;
  const ids = { construct, nicId, instanceId };
  return result.ok
    ? { ok: true, ...ids, state: 'attached', adopted: result.adopted }
    : { ok: false, ...ids, error: errorForMachines(result.error) };
}

/** The code that all failures have, else that of a failure. */
function exitCode(failures: readonly Result[]): ExitCode {
  const codes = new Set(failures.map((each) => (each.ok ? EXIT.done : exitCodeOf(each.error))));
  const [code = EXIT.done] = codes;
  if (codes.has(EXIT.interrupted)) return EXIT.interrupted;
  return codes.size <= 1 ? code : EXIT.failed;
}
