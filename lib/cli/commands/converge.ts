import { formatDuration } from '../../duration';
import { ConvergenceProgress, NicAttachmentHandler, OperationError, type ProgressEvent } from '../../handler';
import { withConnection } from '../../zec/client';
import { systemClock } from '../../zec/clock';
import { plural, quote } from '../../zec/ids';
import { readAttachmentSet, type DeclaredAttachment } from '../attachment-set';
import { errorJson, errorText, EXIT, exitCodeOf, InterruptedError, type ExitCode } from '../errors';
import type { Session } from '../session';
import { progressPrinter, warningPrinter } from './attachment';

type FailedAttachment = DeclaredAttachment & { readonly error: Error };
type Result = FailedAttachment | (DeclaredAttachment & { readonly adopted: boolean });

/**
 * Attaches the set of attachments in the environment in parallel, each with its own timeout. A failure does not stop
 * the others. All failures are reported together.
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
  return withConnection(session.settings(), async ({ api, inFlight }) => {
    const startedAt = systemClock.now();
    const handler = new NicAttachmentHandler(api, { inFlight });
    const results = await attachAll(handler, set, json ? () => undefined : session.out, session);
    const elapsedMs = Math.round(systemClock.now() - startedAt);
    const failures = results.filter((each) => 'error' in each);
    const ok = failures.length === 0;
    session.out(
      json
        ? `${JSON.stringify({ ok, attachments: results.map(resultJson), elapsedMs })}\n`
        : `${summary(results)} (took ${formatDuration(elapsedMs)})\n`,
    );
    if (!ok) session.err(`${failureText(failures, set.length)}\n`);
    return exitCode(failures);
  });
}

function attachAll(
  handler: NicAttachmentHandler,
  set: readonly DeclaredAttachment[],
  out: (text: string) => void,
  session: Session,
): Promise<readonly Result[]> {
  const isOne = set.length === 1;
  const progress = new ConvergenceProgress(
    set.flatMap(({ target }) => (target instanceof Error ? [] : target.nicId)),
    systemClock,
    isOne ? () => undefined : (line) => session.err(`${line}\n`),
  );
  const print = isOne ? progressPrinter(session) : warningPrinter(session);
  const parent = watchParent();
  const signal = AbortSignal.any([session.signal, parent.signal]);
  return Promise.all(set.map(attach)).finally(() => parent.stop());

  async function attach(declared: DeclaredAttachment): Promise<Result> {
    const { target, timeoutMs } = declared;
    if (target instanceof Error) return { ...declared, error: target };
    const { nicId, instanceId } = target;
    const onProgress = (event: ProgressEvent) => {
      // An event precedes each request: do not send one after the parent has exited.
      parent.check();
      print(event);
      progress.update(nicId, event.message);
    };
    const result = await handler.create(target, { timeoutMs, signal, onProgress });
    if (!result.ok) {
      progress.failed(nicId);
      return { ...declared, error: result.error };
    }
    if (!result.adopted) out(`vNIC ${nicId} is attached to instance ${instanceId}\n`);
    progress.attached(nicId);
    return { ...declared, adopted: result.adopted };
  }
}

const PARENT_INTERVAL_MS = 250;

/**
 * A signal that aborts when the parent process exits. A killed Terraform leaves its provisioners running, and an attach
 * they send could arrive after the next destroy.
 */
function watchParent() {
  const controller = new AbortController();
  const parent = process.ppid;
  const check = () => {
    if (process.ppid !== parent) controller.abort(new InterruptedError('the exit of its parent process'));
  };
  const timer = setInterval(check, PARENT_INTERVAL_MS);
  return { signal: controller.signal, check, stop: () => clearInterval(timer) };
}

function summary(results: readonly Result[]): string {
  const states = results.map((each) => {
    if ('error' in each) return 'failed';
    return each.adopted ? 'already attached' : 'attached';
  });
  const parts = ['attached', 'already attached', 'failed'].flatMap((state) => {
    const { length: count } = states.filter((each) => each === state);
    return count === 0 ? [] : `${count} ${state}`;
  });
  return `${plural(results.length, 'attachment')}: ${parts.join(', ')}`;
}

/** The errors of all failures. Attachments that failed with the same request share one error. */
function failureText(failures: readonly FailedAttachment[], total: number): string {
  const byCause = new Map<unknown, FailedAttachment[]>();
  for (const each of failures) {
    const { error } = each;
    const cause = (error instanceof OperationError ? error.details.cause : undefined) ?? error;
    byCause.set(cause, [...(byCause.get(cause) ?? []), each]);
  }
  const reports = [...byCause.values()].flatMap(([first, ...others]) => {
    if (first === undefined) return [];
    const same = others.length === 0 ? '' : `\n  Same error for: ${others.map(describe).join(', ')}`;
    return [`${first.construct}: ${errorText(first.error)}${same}`];
  });
  const others = failures.length === total ? '' : ' The others are attached.';
  const counts = `${failures.length} of ${total} attachments failed.`;
  return [...reports, `error: ${counts}${others} Apply again to retry the failed ones.`].join('\n');
}

function describe({ construct, nicId, instanceId }: FailedAttachment): string {
  return `${construct} (vNIC ${quote(nicId)}, instance ${quote(instanceId)})`;
}

function resultJson(result: Result): Record<string, unknown> {
  const { construct, nicId, instanceId } = result;
  const ids = { construct, nicId, instanceId };
  return 'error' in result
    ? { ok: false, ...ids, error: errorJson(result.error) }
    : { ok: true, ...ids, state: 'attached', adopted: result.adopted };
}

/** The exit code that all failures share, otherwise `failed`. */
function exitCode(failures: readonly FailedAttachment[]): ExitCode {
  const codes = new Set(failures.map(({ error }) => exitCodeOf(error)));
  if (codes.has(EXIT.interrupted)) return EXIT.interrupted;
  const [code = EXIT.done] = codes;
  return codes.size <= 1 ? code : EXIT.failed;
}
