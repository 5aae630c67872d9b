import { Construct, IConstruct } from 'constructs';
import { errorAt, FOREIGN_RUNNER } from './errors';
import { NicAttachmentLifecycle } from './lifecycle';
import { NicBlock } from './nic-getters';

/** An attachment as declared. The IDs are literals or tokens, and have been checked. */
export interface AttachmentDeclaration {
  readonly construct: Construct;
  readonly nicId: string;
  readonly instanceId: string;
  readonly createTimeout: string;
  readonly deleteTimeout: string;
  readonly skipDestroy: boolean | undefined;
  readonly whenStopped: string | undefined;
  readonly forEach: unknown;
  readonly lifecycle: NicAttachmentLifecycle | undefined;
}

/** The Terraform side of an attachment: its resource, and references to it. */
export interface AttachmentReferences {
  /** References that wait for the attachment. Created on demand, because most are never used. */
  readonly id: () => string;
  readonly nicId: () => string;
  readonly instanceId: () => string;
  /** The Terraform resource that exists exactly while the attachment is managed. */
  readonly resource: IConstruct;
  /** The resource with the attributes of the vNIC; `undefined` under the local-exec runner. */
  readonly attributes?: NicBlock & { addOverride(path: string, value: unknown): void };
  /** Imports and moves state; `undefined` under the local-exec runner, whose handler adopts attachments itself. */
  readonly adoption?: {
    importFrom(id: string): void;
    moveFromId(address: string): void;
  };
}

/**
 * Determines how Terraform runs the handler. Do not extend it: the runners are `LocalExecRunner` and `ProviderRunner`.
 *
 * @example
 * const runner: AttachmentRunner = LocalExecRunner.of(stack);
 */
export abstract class AttachmentRunner extends Construct {
  /** @throws Error if it is neither of this package's runners */
  public constructor(scope: Construct, id: string) {
    super(scope, id);
    if (typeof (this as Partial<AttachmentRunner>)._attach !== 'function')
      throw errorAt(this, FOREIGN_RUNNER);
  }

  /** Adds an attachment to the runner's blocks. @internal */
  public abstract _attach(declaration: AttachmentDeclaration): AttachmentReferences;
}
