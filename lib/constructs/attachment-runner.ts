import { Construct, IConstruct } from 'constructs';
import { errorAt, FOREIGN_RUNNER } from './errors';
import { checkedScope, frameworkOf, stackOf } from './framework';
import { NicBlock } from './nic-getters';

/** A precondition or a postcondition of an attachment. */
export interface NicAttachmentCondition {
  /** A boolean Terraform expression. In a postcondition, `self` refers to the attachment. */
  readonly condition: unknown;
  /** The error message if the condition is false. */
  readonly errorMessage: string;
}

/** The `lifecycle` of the Terraform resource of an attachment. */
export interface NicAttachmentLifecycle {
  /** Whether a plan that destroys or replaces the attachment fails. @default false */
  readonly preventDestroy?: boolean;
  /** Terraform arguments whose changes are ignored, such as `instance_id`. @default - none */
  readonly ignoreChanges?: string[];
  /**
   * References to resources or attributes whose change replaces the attachment, such as the `fqn` of a resource. The vNIC
   * is then detached and attached again.
   * @default - none
   */
  readonly replaceTriggeredBy?: string[];
  /** Conditions that are checked before the attachment is created or changed. @default - none */
  readonly precondition?: NicAttachmentCondition[];
  /** Conditions that are checked after the attachment is created, changed or read. @default - none */
  readonly postcondition?: NicAttachmentCondition[];
  /** Must be `false`, because a vNIC can be attached to only one instance. @default false */
  readonly createBeforeDestroy?: boolean;
}

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

/** The resource of one attachment, with the attributes of the vNIC. */
export interface AttachmentResource extends NicBlock {
  addOverride(path: string, value: unknown): void;
  importFrom(id: string): void;
}

/** The Terraform resource of an attachment, and references to it. */
export interface AttachmentReferences {
  /** The Terraform resource on which consumers of the attachment depend. */
  readonly resource: IConstruct;
  /** Creates a reference that waits for the attachment. */
  readonly reference: (attribute: 'id' | 'nic_id' | 'instance_id') => string;
  /** Its own resource; `undefined` under the local-exec runner. */
  readonly own?: AttachmentResource;
  /** Moves state to it; `undefined` under the local-exec runner. */
  readonly moveFrom?: (address: string) => void;
}

/** References to an attachment whose ID is the value of a Terraform expression. */
export function referencesToId(scope: IConstruct, id: string): AttachmentReferences['reference'] {
  const { ref, Token } = frameworkOf(scope);
  const parts = { id, nic_id: `split(":", ${id})[0]`, instance_id: `split(":", ${id})[1]` };
  return (attribute) => Token.asString(ref(parts[attribute], stackOf(scope)));
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
    super(checkedScope(scope), id);
    if (typeof (this as Partial<AttachmentRunner>)._attach !== 'function')
      throw errorAt(this, FOREIGN_RUNNER);
  }

  /** Adds an attachment to the runner's blocks. @internal */
  public abstract _attach(declaration: AttachmentDeclaration): AttachmentReferences;
}
