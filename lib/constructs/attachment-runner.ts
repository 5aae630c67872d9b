import { TerraformResource } from 'cdktf';
import { Construct, IConstruct } from 'constructs';

/** What a runner is asked to attach. Ids are plain or tokens, and checked. */
export interface AttachmentDeclaration {
  readonly construct: Construct;
  readonly nicId: string;
  readonly instanceId: string;
  readonly createTimeout: string;
  readonly deleteTimeout: string;
}

/** How an attachment stands in Terraform. */
export interface CarriedAttachment {
  /** References through the carrier: who uses one waits for the attachment. Made when asked for, since most never are. */
  readonly id: () => string;
  readonly nicId: () => string;
  readonly instanceId: () => string;
  /** The resource that is there when, and only when, the attachment is. */
  readonly resource: TerraformResource;
}

/** Decides how Terraform reaches the handler that attaches and detaches. */
export abstract class AttachmentRunner extends Construct {
  /**
   * Adds an attachment to the runner's blocks.
   * @internal
   */
  public abstract _attach(declaration: AttachmentDeclaration): CarriedAttachment;

  /**
   * Adopts what exists: an attachment by its id, or the state of a resource at another address.
   * @internal
   */
  public abstract _adoptState(
    attachment: Construct,
    from: { readonly importId?: string; readonly address?: string },
  ): void;
}

const RESOURCES = new WeakMap<IConstruct, TerraformResource>();

/** Records which resource represents an attachment. */
export function rememberResource(attachment: IConstruct, resource: TerraformResource): void {
  RESOURCES.set(attachment, resource);
}

/** The resource that represents an attachment; `undefined` for any other construct. */
export function resourceOf(attachment: IConstruct): TerraformResource | undefined {
  return RESOURCES.get(attachment);
}
