import { Construct, IConstruct } from 'constructs';
import { at, FOREIGN_RUNNER } from './errors';

/** What a runner is asked to attach. Ids are plain or tokens, and checked. */
export interface AttachmentDeclaration {
  readonly construct: Construct;
  readonly nicId: string;
  readonly instanceId: string;
  readonly createTimeout: string;
  readonly deleteTimeout: string;
  readonly skipDestroy: boolean | undefined;
}

/** How an attachment stands in Terraform. */
export interface CarriedAttachment {
  /** References through the carrier: who uses one waits for the attachment. Made when asked for, since most never are. */
  readonly id: () => string;
  readonly nicId: () => string;
  readonly instanceId: () => string;
  /** The Terraform resource that is there when, and only when, the attachment is. */
  readonly resource: IConstruct;
  /** The resource that has the attributes of the vNIC; `undefined` where the carrier has none. */
  readonly attributes?: {
    getStringAttribute(name: string): string;
    getListAttribute(name: string): string[];
  };
  /** Lets Terraform adopt what exists; `undefined` where the handler adopts it by itself. */
  readonly adopts?: {
    importFrom(id: string): void;
    moveFromId(address: string): void;
  };
}

/**
 * Decides how Terraform reaches the handler that attaches and detaches. It cannot be extended outside of this package:
 * the runners are `LocalExecRunner` and `ProviderRunner`.
 *
 * @example
 * const runner: AttachmentRunner = LocalExecRunner.of(stack);
 */
export abstract class AttachmentRunner extends Construct {
  /** @throws Error if it is neither of this package's runners */
  public constructor(scope: Construct, id: string) {
    super(scope, id);
    if (typeof (this as Partial<AttachmentRunner>)._attach !== 'function') throw at(this, FOREIGN_RUNNER);
  }

  /** Adds an attachment to the runner's blocks. @internal */
  public abstract _attach(declaration: AttachmentDeclaration): CarriedAttachment;
}
