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
  readonly id: string;
  readonly nicId: string;
  readonly instanceId: string;
  /** The resource that is there when, and only when, the attachment is. */
  readonly element: TerraformResource;
}

/** Decides how Terraform reaches the handler that attaches and detaches. */
export abstract class AttachmentRunner extends Construct {
  /**
   * Takes an attachment into the runner's blocks.
   * @internal
   */
  public abstract _attach(declaration: AttachmentDeclaration): CarriedAttachment;

  /**
   * Takes over what exists: an attachment by its id, or the state of a resource at another address.
   * @internal
   */
  public abstract _takeOver(
    attachment: Construct,
    from: { readonly importId?: string; readonly address?: string },
  ): void;
}

const ELEMENTS = new WeakMap<IConstruct, TerraformResource>();

/** Remembers which resource stands for an attachment. */
export function rememberElement(attachment: IConstruct, element: TerraformResource): void {
  ELEMENTS.set(attachment, element);
}

/** The resource that stands for an attachment; `undefined` for any other construct. */
export function elementOf(attachment: IConstruct): TerraformResource | undefined {
  return ELEMENTS.get(attachment);
}
