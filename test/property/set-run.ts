import type { Attempt } from './api-recorder';
import type { Process } from './process';
import type { AttachmentSet, Operation, SetPart, TakeOver } from './scenario';

/** The environment of a set's run. */
export interface SetEnvironment {
  sleep(ms: number): Promise<void>;
  /** Starts a process with this number, by which crashes refer to it. It replaces the previous one. */
  start(number: number): Process;
  /** Crashes the process with this number, if there is one. */
  crash(number: number, next: TakeOver): void;
  attempt(operation: Operation, process: Process): Promise<Attempt>;
  count(what: string): void;
}

/**
 * Applies a set of attachments like Terraform: first the detaches, in one process each; then all attaches concurrently in
 * one process, where a failure does not stop the others. After a crash, a new process repeats this, or removes what the
 * set may have left behind.
 */
export async function runSet(set: AttachmentSet, stage: SetEnvironment): Promise<void> {
  await stage.sleep(set.at);
  const removed = set.removes.map((each) => operationOf(set, 'detach', each));
  if (!(await detachAll(removed, set, stage))) return;
  for (let { kill } = set; ; kill = undefined) {
    const begins: Begins = (part) => {
      if (kill?.part === part) {
        const { afterMs, ...next } = kill;
        void stage.sleep(afterMs).then(() => stage.crash(set.process, next));
      }
    };
    const crashed = await (set.mode === 'converge' ? converge : together)(set, stage, begins);
    if (crashed === undefined) return;
    await stage.sleep(crashed.retryAfterMs);
    if (!crashed.undo) continue;
    stage.count('sets undone after a crash');
    await detachAll(
      attaches(set).map((each): Operation => ({ ...each, goal: 'detach' })),
      set,
      stage,
    );
    return;
  }
}

/** Called when a part of a set's run begins. */
type Begins = (part: SetPart) => void;

/** `zec-nic converge`: creates that wait, and after all succeed the same again in a new process. */
async function converge(
  set: AttachmentSet,
  stage: SetEnvironment,
  begins: Begins,
): Promise<TakeOver | undefined> {
  const first = stage.start(set.process);
  stage.count('sets converged');
  begins('first run');
  const succeeded = await all(attaches(set), first, stage);
  if (first.next !== undefined) {
    stage.count('crashes in converge');
    return first.next;
  }
  if (!succeeded) {
    stage.count('sets of which some failed');
    return undefined;
  }
  begins('gap');
  // Terraform can still crash after its processes have ended.
  await stage.sleep(set.gapMs);
  const killed = first.next as TakeOver | undefined;
  if (killed !== undefined) {
    stage.count('crashes between converge and its confirmation');
    return killed;
  }
  const second = stage.start(set.process);
  stage.count('sets confirmed');
  begins('second run');
  await all(attaches(set), second, stage);
  if (second.next !== undefined) stage.count('crashes in a confirmation');
  return second.next;
}

/** The provider's TOGETHER: creates until accepted, then one wait for those that succeeded. */
async function together(
  set: AttachmentSet,
  stage: SetEnvironment,
  begins: Begins,
): Promise<TakeOver | undefined> {
  const process = stage.start(set.process);
  stage.count('sets created together');
  begins('first run');
  const creates = attaches(set);
  const accepted = await Promise.all(
    creates.map((create) => stage.attempt({ ...create, until: 'accepted' }, process)),
  );
  begins('gap');
  await stage.sleep(set.gapMs);
  // The process may also crash between operations.
  if (process.next === undefined) {
    begins('second run');
    const waited = creates.filter((_, index) => accepted[index]?.ended?.ok === true);
    for (const _ of waited) stage.count('accepted attaches waited for');
    await all(waited, process, stage);
  }
  if (process.next !== undefined) stage.count('crashes of sets created together');
  return process.next;
}

function attaches(set: AttachmentSet): readonly Operation[] {
  return set.targets.map((each) => operationOf(set, 'attach', each));
}

function operationOf(
  { at, process }: AttachmentSet,
  goal: Operation['goal'],
  target: AttachmentSet['targets'][number],
): Operation {
  return { at, process, goal, ...target };
}

async function all(
  operations: readonly Operation[],
  process: Process,
  stage: SetEnvironment,
): Promise<boolean> {
  const attempts = await Promise.all(operations.map((operation) => stage.attempt(operation, process)));
  return attempts.every(({ ended }) => ended?.ok === true);
}

/** The processes have numbers that no crash refers to: single operations cover the crash during a detach. */
async function detachAll(
  operations: readonly Operation[],
  set: AttachmentSet,
  stage: SetEnvironment,
): Promise<boolean> {
  const attempts = await Promise.all(
    operations.map((operation, index) =>
      stage.attempt(operation, stage.start(-10 - 10 * set.process - index)),
    ),
  );
  return attempts.every(({ ended }) => ended?.ok === true);
}
