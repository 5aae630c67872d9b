import { Construct, IConstruct } from 'constructs';
import { errorAt, FOREIGN_RUNNER } from './errors';
import { NicAttachmentLifecycle } from './lifecycle';
import { NicBlock } from './nic-getters';

/** A declared attachment. Literal IDs and the timeouts are validated. */
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

/** The Terraform resource of an attachment, and references to it. */
export interface AttachmentReferences {
  /** References that wait for the attachment. Created on demand, because most are never used. */
  readonly id: () => string;
  readonly nicId: () => string;
  readonly instanceId: () => string;
  /** The Terraform resource on which consumers of the attachment depend. */
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
 * How Terraform runs the handler: a `LocalExecRunner` or a `ProviderRunner`. Do not extend this class.
 *
 * @example
 * const runner: AttachmentRunner = LocalExecRunner.of(stack);
 */
export abstract class AttachmentRunner extends Construct {
  /** Called by the runners of this package. @throws Error in any other subclass */
  public constructor(scope: Construct, id: string) {
    super(scope, id);
    if (typeof (this as Partial<AttachmentRunner>)._attach !== 'function')
      throw errorAt(this, FOREIGN_RUNNER);
  }

  /** Adds an attachment to the runner's blocks. @internal */
  public abstract _attach(declaration: AttachmentDeclaration): AttachmentReferences;
}
