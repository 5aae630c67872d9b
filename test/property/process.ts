import type { CallerOptions, CreateResult, DeleteResult, Target } from '../../lib/handler';
import type { TakeOver } from './scenario';

/** The implementation under test: the handler, or a deliberately broken one. */
export interface Subject {
  create(target: Target, options: CallerOptions): Promise<CreateResult>;
  delete(target: Target, options: CallerOptions): Promise<DeleteResult>;
}

/** One of our processes: a handler, until it crashes. */
export class Process {
  /** Set by a crash. */
  public next: TakeOver | undefined;
  private readonly controllers: AbortController[] = [];

  public constructor(
    public readonly id: number,
    public readonly subject: Subject,
  ) {}

  /** Each operation has its own signal, which identifies its requests. */
  public newController(): AbortController {
    const controller = new AbortController();
    this.controllers.push(controller);
    return controller;
  }

  public crash(next: TakeOver): void {
    this.next = next;
    for (const controller of this.controllers) controller.abort(new Error('crashed'));
  }
}
