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
