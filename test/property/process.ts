import type { CallerOptions, CreateResult, DeleteResult, Target } from '../../lib/handler';
import type { TakeOver } from './scenario';

/** What is put to the test: the handler, or one that is broken on purpose. */
export interface Subject {
  create(target: Target, options: CallerOptions): Promise<CreateResult>;
  delete(target: Target, options: CallerOptions): Promise<DeleteResult>;
}

/** A process of ours: one handler, until it crashes. */
export class Process {
  /** Set by a crash. */
  public next: TakeOver | undefined;
  private readonly controllers: AbortController[] = [];

  public constructor(
    public readonly id: number,
    public readonly subject: Subject,
  ) {}

  /** A signal of its own tells whose request is whose. */
  public controllerOfOne(): AbortController {
    const controller = new AbortController();
    this.controllers.push(controller);
    return controller;
  }

  public crash(next: TakeOver): void {
    this.next = next;
    for (const controller of this.controllers) controller.abort(new Error('crashed'));
  }
}
