/** A condition that Terraform checks. */
export interface NicAttachmentCondition {
  /** A boolean expression. `self` refers to the attachment, in postconditions only. */
  readonly condition: unknown;
  /** The error if it is false. */
  readonly errorMessage: string;
}

/** The `lifecycle` of the Terraform resource of an attachment. */
export interface NicAttachmentLifecycle {
  /** Whether a plan that detaches the vNIC fails. @default false */
  readonly preventDestroy?: boolean;
  /** The Terraform arguments whose changes are ignored, such as `instance_id`. @default - none */
  readonly ignoreChanges?: string[];
  /**
   * References to resources or their attributes, such as `fqn`. A change of one detaches the vNIC and attaches it again.
   * @default - none
   */
  readonly replaceTriggeredBy?: string[];
  /** Checked before the attachment is created or changed. @default - none */
  readonly precondition?: NicAttachmentCondition[];
  /** Checked after the attachment is created, changed or read. @default - none */
  readonly postcondition?: NicAttachmentCondition[];
  /** Only `false` is possible, because a vNIC has at most one instance. @default false */
  readonly createBeforeDestroy?: boolean;
}
