import { showDuration } from '../../duration';
import { ConvergenceProgress, OperationError } from '../../handler';
import type { NicAttachmentHandler, ProgressEvent } from '../../handler';
import { systemClock } from '../../zec/clock';
import { quote } from '../../zec/ids';
import { readAttachmentSet } from '../attachment-set';
import type { DeclaredAttachment } from '../attachment-set';
import { errorForMachines, errorForPeople, EXIT, exitCodeOf, InterruptedError } from '../errors';
import type { ExitCode } from '../errors';
import type { Session } from '../session';
import { progressPrinter, warningPrinter, withHandler } from './attachment';

/** What became of one attachment. */
type Result =
  | { readonly declared: DeclaredAttachment; readonly ok: true; readonly adopted: boolean }
  | { readonly declared: DeclaredAttachment; readonly ok: false; readonly error: Error };

/**
 * Attaches every attachment of the set in the environment that is not attached yet, all at once, each within its own
 * timeout. One that fails does not stop the others; all failures are reported together.
 * @throws UsageError, SettingsError
 */
export async function converge(
  session: Session,
  { json = false }: { readonly json?: boolean },
): Promise<ExitCode> {
  const set = readAttachmentSet(session.env);
  if (set.length === 0) {
    session.out(json ? '{"ok":true,"attachments":[],"elapsedMs":0}\n' : 'no attachments\n');
    return EXIT.done;
  }
  return withHandler(session, {}, async (handler) => {
    const startedAt = systemClock.now();
    const results = await attachAll(handler, set, json ? () => undefined : session.out, session);
    const elapsedMs = Math.round(systemClock.now() - startedAt);
    const failures = results.filter((each) => !each.ok);
    const ok = failures.length === 0;
    session.out(
      json
        ? `${JSON.stringify({ ok, attachments: results.map(forMachines), elapsedMs })}\n`
        : `${summary(results)} (took ${showDuration(elapsedMs)})\n`,
    );
    if (!ok) session.err(`${report(failures, set.length)}\n`);
    return exitCode(failures);
  });
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
  const isOne = set.length === 1;
  const print = isOne ? progressPrinter(session) : warningPrinter(session);
  const parent = watchParent();
  const signal = AbortSignal.any([session.signal, parent.signal]);
  return Promise.all(set.map((declared) => attach(declared))).finally(() => parent.stop());

  async function attach(declared: DeclaredAttachment): Promise<Result> {
    const { target, timeoutMs, invalid } = declared;
    if (target === undefined) return { declared, ok: false, error: invalid ?? new Error('no ids') };
    const onProgress = (event: ProgressEvent) => {
      // A request may be about to leave.
      parent.check();
      print(event);
      if (!isOne) progress.update(target.nicId, event.message);
    };
    const result = await handler.create(target, { timeoutMs, signal, onProgress });
    if (!isOne && result.ok) progress.attached(target.nicId);
    if (!isOne && !result.ok) progress.failed(target.nicId);
    if (!result.ok) return { declared, ok: false, error: result.error };
    if (!result.adopted) {
      out(`vNIC ${declared.nicId} is attached to instance ${declared.instanceId}\n`);
    }
    return { declared, ok: true, adopted: result.adopted };
  }
}

const PARENT_INTERVAL_MS = 250;

/**
 * A signal that aborts when the process which started this one has ended. Terraform that was killed leaves its
 * provisioners running: what they attach from then on could come after the next destroy.
 */
function watchParent() {
  const controller = new AbortController();
  const parent = process.ppid;
  const check = () => {
    if (process.ppid !== parent)
      controller.abort(new InterruptedError('the end of the process that started it'));
  };
  const timer = setInterval(check, PARENT_INTERVAL_MS);
  return { signal: controller.signal, check, stop: () => clearInterval(timer) };
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
