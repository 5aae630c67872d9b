import { Construct, IDependable } from 'constructs';
import { ID_PATTERN, PROVIDER } from '../contract';
import {
  AttachmentReferences,
  AttachmentResource,
  AttachmentRunner,
  NicAttachmentLifecycle,
} from './attachment-runner';
import { contextRunner } from './context';
import { setResource } from './dependencies';
import * as errors from './errors';
import { checkedScope, frameworkOf, stackOf } from './framework';
import { LocalExecRunner } from './local-exec-runner';
import { NicGetters } from './nic-getters';
import { ProviderRunner } from './provider-runner';
import { StackAttachments } from './stack-attachments';
import { checkedTimeout } from './timeouts';

/** The timeouts of an attachment. Each is a duration such as `"90s"`, `"10m"` or `"1h30m"`, at most `"24h"`. */
export interface NicAttachmentTimeouts {
  /** The time until the vNIC and the instance both report the attachment. @default "10m" */
  readonly create?: string;
  /**
   * The time until neither the vNIC nor the instance reports the attachment. With the local-exec runner, the longest
   * timeout of the runner's attachments applies to all of them.
   * @default "10m"
   */
  readonly delete?: string;
}

/** What a destroy does if the instance is STOPPED, because the API detaches only from running instances. */
export enum WhenStopped {
  /** The destroy fails, and the vNIC stays attached. */
  FAIL = 'FAIL',
  /**
   * The destroy starts the instance, detaches the vNIC, and stops the instance again, also if the detach fails. If someone
   * else starts the instance first, it is left running.
   */
  START = 'START',
  /**
   * The destroy only removes the attachment from the state, with a warning, and the vNIC stays attached. A move or
   * another replacement fails as with `FAIL`.
   */
  LEAVE = 'LEAVE',
}

/** Properties of `NicAttachment`. */
export interface NicAttachmentProps {
  /**
   * The ID of a secondary vNIC: a literal, or a reference such as another construct's `id`. A change detaches the old
   * vNIC and attaches the new one.
   */
  readonly nicId: string;
  /**
   * The ID of an instance in the region of the vNIC: a literal, or a reference. It must be running or starting when the
   * attachment is created, and when it is destroyed (see `whenStopped`). A change detaches the vNIC, then attaches it to the
   * new instance.
   */
  readonly instanceId: string;
  /** The timeouts of create and delete. @default - ten minutes each */
  readonly timeouts?: NicAttachmentTimeouts;
  /**
   * Whether a destroy only removes the attachment from the state and leaves the vNIC attached. A replacement, such as a
   * move, detaches the vNIC nevertheless. The deployed value applies: to change it, deploy before the destroy. Requires the
   * provider runner.
   * @default false
   */
  readonly skipDestroy?: boolean;
  /**
   * What a destroy does if the instance is STOPPED. The deployed value applies: to change it, deploy before the destroy.
   * Requires the provider runner.
   * @default WhenStopped.FAIL
   */
  readonly whenStopped?: WhenStopped;
  /**
   * What must be deployed before the attachment is created: other attachments, for example, because a guest names its
   * vNICs in the order in which they are attached. Attachments of one `LocalExecRunner`, or of one `ProviderRunner` with
   * `Convergence.TOGETHER`, cannot depend on each other.
   * @default - none
   */
  readonly dependsOn?: IDependable[];
  /**
   * A `TerraformIterator` for one attachment per item, to which `nicId` or `instanceId` refers. The attributes of the
   * construct are then lists. Requires the provider runner with `Convergence.EACH`.
   * @default - one attachment
   */
  readonly forEach?: unknown;
  /** The `lifecycle` of the Terraform resource. Requires the provider runner. @default - none */
  readonly lifecycle?: NicAttachmentLifecycle;
  /**
   * How Terraform runs the handler.
   * @default - the first runner of the stack, or a new one: a `ProviderRunner` if the context value "zec:runner" is
   * "provider", otherwise a `LocalExecRunner`
   */
  readonly runner?: AttachmentRunner;
}

const ID = ID_PATTERN.source.slice(1, -1);
const IMPORT_ID = new RegExp(`^${ID}(?::${ID})?$`);

/**
 * The attachment of a vNIC to an instance.
 *
 * A create attaches the vNIC, and succeeds when the vNIC is `USED` by the instance and the instance lists it. An existing
 * attachment is adopted. A destroy detaches the vNIC, and succeeds when neither reports the attachment. If another instance
 * holds the vNIC, a create fails and a destroy changes nothing.
 *
 * Construct dependencies apply in both directions: `attachment.node.addDependency(x)` creates the attachment after `x`,
 * and `x.node.addDependency(attachment)` creates `x`, in the same stack, after it. With the local-exec runner, attachments
 * share their Terraform resources, so a dependency of one is a dependency of all.
 *
 * The attributes are references, and resources that use them are created after the attachment. With the local-exec runner,
 * all attributes except `id`, `nicId` and `instanceId` throw an error.
 *
 * @example
 * const storage = new NicAttachment(stack, 'storage-nic', {
 *   nicId: 'nic-storage',
 *   instanceId: 'ins-web',
 *   timeouts: { create: '15m' },
 * });
 * new TerraformOutput(stack, 'attachment', { value: storage.id });
 */
export class NicAttachment extends NicGetters {
  /** The type of the Terraform resource with the provider runner, for CDKTF's `Testing.toHaveResource`. */
  public static readonly tfResourceType: string = PROVIDER.nicAttachment;

  private readonly references: AttachmentReferences;

  /**
   * Declares an attachment. Synth fails if the stack attaches one vNIC twice.
   * @throws Error if an ID is missing, a literal ID or a timeout is malformed, the runner is in another stack, or a property
   * is set that the runner does not support
   */
  public constructor(scope: Construct, id: string, props: NicAttachmentProps) {
    super(checkedScope(scope), id);
    const attachments = StackAttachments.of(this);
    const { skipDestroy, whenStopped, forEach, lifecycle, timeouts } = props;
    const runner: unknown = props.runner ?? runnerFor(this);
    if (!(runner instanceof AttachmentRunner)) throw errors.errorAt(this, errors.invalidRunner(runner));
    if (stackOf(runner) !== stackOf(this)) throw errors.errorAt(this, errors.runnerOfAnotherStack(runner));
    const declaration = {
      construct: this,
      nicId: this.checkedId('nicId', props.nicId),
      instanceId: this.checkedId('instanceId', props.instanceId),
      createTimeout: checkedTimeout(this, 'create', timeouts),
      deleteTimeout: checkedTimeout(this, 'delete', timeouts),
      skipDestroy,
      whenStopped: errors.checkedChoice(this, 'whenStopped', whenStopped, Object.values(WhenStopped)),
      forEach,
      lifecycle,
    };
    if (runner instanceof LocalExecRunner) {
      const others = { skipDestroy, whenStopped, forEach, lifecycle };
      const set = Object.entries(others).find(([, value]) => Boolean(value) && value !== WhenStopped.FAIL);
      if (set !== undefined) throw errors.errorAt(this, errors.onlyProvider(set[0]));
    }
    this.node.addDependency(...[props.dependsOn ?? []].flat());
    attachments.add(declaration, runner);
    this.references = runner._attach(declaration);
    setResource(this, this.references.resource);
  }

  /** The ID of the attachment: `nicId:instanceId`. */
  public get id(): string {
    return this.references.reference('id');
  }

  /** The ID of the vNIC. */
  public get nicId(): string {
    return this.references.reference('nic_id');
  }

  /** The ID of the instance. */
  public get instanceId(): string {
    return this.references.reference('instance_id');
  }

  /** The time when Terraform attached or adopted the vNIC (RFC 3339). @throws Error with the local-exec runner */
  public get attachedAt(): string {
    return this._block('attachedAt').getStringAttribute('attached_at');
  }

  /**
   * Overrides an argument of the Terraform resource in the synthesized stack, like `addOverride` of a CDKTF resource.
   * @param path the names of blocks and arguments, separated by dots, such as `lifecycle.prevent_destroy`
   * @param value the value in JSON
   * @throws Error with the local-exec runner, whose attachments share their resources
   */
  public addOverride(path: string, value: unknown): void {
    this._block('addOverride').addOverride(path, value);
  }

  /**
   * Imports an existing attachment with an `import` block. Requires the provider runner (the local-exec runner adopts
   * existing attachments without it) and Terraform 1.5.
   * @param id `nicId:instanceId`, or `nicId`
   * @throws Error with the local-exec runner, or if a literal ID is malformed
   */
  public importFrom(id: string): void {
    if (!frameworkOf(this).Token.isUnresolved(id) && !IMPORT_ID.test(id))
      throw errors.errorAt(this, errors.invalidImportId(id));
    if (this.references.own === undefined) throw errors.errorAt(this, errors.ADOPTS_BY_ITSELF);
    this.references.own.importFrom(id);
  }

  /**
   * Moves the state of another resource to this one with a `moved` block, without a change in the cloud. The other resource
   * is the vendor's `zenlayercloud_zec_vnic_attachment`, or a `null_resource` or `terraform_data` of a local-exec runner.
   * Requires the provider runner, and Terraform 1.8 or OpenTofu 1.10, which synth adds to the required versions of the stack.
   * @param address the address of the other resource, such as `null_resource.nic_attachment["nic-1"]`
   * @throws Error with the local-exec runner
   */
  public moveFrom(address: string): void {
    if (this.references.moveFrom === undefined) throw errors.errorAt(this, errors.ADOPTS_BY_ITSELF);
    this.references.moveFrom(address);
  }

  /** Also checks the type, because a JavaScript program can pass any value. */
  private checkedId(prop: string, value: unknown): string {
    const { Token, Tokenization } = frameworkOf(this);
    // The framework's references of the type any, such as `iterator.value` and `variable.value`.
    const id = Tokenization.isResolvable(value) ? Token.asString(value) : value;
    if (typeof id === 'string' && (Token.isUnresolved(id) || ID_PATTERN.test(id))) return id;
    throw errors.errorAt(this, errors.invalidId(prop, value));
  }

  /** @internal */
  protected _block(getter: string): AttachmentResource {
    if (this.references.own === undefined) throw errors.errorAt(this, errors.noAttribute(getter));
    return this.references.own;
  }
}

/** The default runner of an attachment, created if the stack has none. */
function runnerFor(attachment: Construct): AttachmentRunner {
  const fromContext = contextRunner(attachment);
  const [first] = StackAttachments.of(attachment).runners;
  if (first !== undefined) return first;
  return fromContext === 'provider' ? ProviderRunner.of(attachment) : LocalExecRunner.of(attachment);
}
