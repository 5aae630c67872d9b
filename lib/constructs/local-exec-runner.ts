import type { TerraformElement, TerraformResource } from 'cdktf';
import { Construct } from 'constructs';
import { ASSET, BLOCK, COMMAND, CONTEXT, ENV } from '../contract';
import { assetFolder } from './assets';
import {
  AttachmentDeclaration,
  AttachmentReferences,
  AttachmentRunner,
  referencesToId,
} from './attachment-runner';
import { attachmentParts, entriesOf, keyOf } from './attachment-set';
import { ensureNullProvider, resourceBlock } from './blocks';
import { contextValue } from './context';
import { addDependencies, orderByDependencies, orderingErrors } from './dependencies';
import { checkedChoice } from './errors';
import { frameworkOf, onSynthesis, stackOf } from './framework';
import { nameOfPath } from './resource-names';
import { StackAttachments } from './stack-attachments';
import { longestTimeout } from './timeouts';

/** The type of the Terraform resources that a local-exec runner writes. */
export enum Carrier {
  /** The `null_resource` of the provider `hashicorp/null`, which `terraform init` downloads. */
  NULL_RESOURCE = 'null_resource',
  /** The `terraform_data` that is built into Terraform 1.4 and OpenTofu, without a download. */
  TERRAFORM_DATA = 'terraform_data',
}

/** Properties of `LocalExecRunner`. */
export interface LocalExecRunnerProps {
  /**
   * The type of the Terraform resources. Change it in a separate deploy: the new resources then adopt the attachments, and
   * the old ones are removed without a detach.
   * @default - the context value "zec:carrier" ("null_resource" or "terraform_data"), or Carrier.NULL_RESOURCE
   */
  readonly carrier?: Carrier;
}

/** The construct ID of the default runner. */
const DEFAULT_ID = 'cdktf-zenlayer-zec-local-exec';

/**
 * Runs the handler in `local-exec` provisioners, as a Node.js program that synth copies into the stack.
 *
 * The runner writes three blocks:
 *
 * - `nic_attachment` has one resource per attachment, which detaches the vNIC when it is destroyed.
 * - `nic_attachment_convergence` attaches all vNICs in one process.
 * - `nic_attachment_confirmation` repeats this, in case Terraform was killed during the convergence.
 *
 * The last two are replaced whenever an attachment is added, removed or moved. Destroying them detaches nothing. Keep the
 * runner in the stack for one deploy after the last attachment is removed, because it performs the detach.
 *
 * The first runner of a stack serves all attachments without a `runner`. The machine that runs Terraform needs Node.js on
 * its PATH, and the credentials in its environment.
 *
 * @example
 * const runner = new LocalExecRunner(stack, 'runner', { carrier: Carrier.TERRAFORM_DATA });
 * new NicAttachment(stack, 'storage-nic', { nicId: 'nic-storage', instanceId: 'ins-web', runner });
 */
export class LocalExecRunner extends AttachmentRunner {
  /** Returns the first local-exec runner of the stack, or creates one. */
  public static of(scope: Construct): LocalExecRunner {
    return (
      StackAttachments.of(scope).first(LocalExecRunner) ?? new LocalExecRunner(stackOf(scope), DEFAULT_ID)
    );
  }

  /** The type of the Terraform resources. */
  public readonly carrier: Carrier;

  private readonly declarations: AttachmentDeclaration[] = [];
  /** The argument of the carrier whose change replaces the resource. */
  private readonly triggers: string;
  private readonly interpreter: readonly string[];
  private readonly attachment: TerraformResource;
  private readonly convergence: TerraformResource;
  private readonly confirmation: TerraformResource;

  /** Adds a runner to a stack. @throws Error if the context value "zec:carrier" is unknown, or the package is not built */
  public constructor(scope: Construct, id: string, props: LocalExecRunnerProps = {}) {
    super(scope, id);
    const { AssetType, Lazy, TerraformAsset, TerraformLocal } = frameworkOf(this);
    const carriers = Object.values(Carrier);
    const fromContext = () => contextValue(this, CONTEXT.carrier, carriers);
    this.carrier =
      checkedChoice(this, 'carrier', props.carrier, carriers) ?? fromContext() ?? Carrier.NULL_RESOURCE;
    this.triggers = this.carrier === Carrier.TERRAFORM_DATA ? 'triggers_replace' : 'triggers';
    const attachments = StackAttachments.of(this);
    attachments.runners.push(this);
    // The first runner of a stack has names without a suffix, and so has the default runner.
    const hasPlainNames = attachments.runners.length === 1 || id === DEFAULT_ID;
    const named = <Element extends TerraformElement>(element: Element, name: string) => {
      element.overrideLogicalId(hasPlainNames ? name : nameOfPath(element));
      return element;
    };
    const handler = new TerraformAsset(this, 'handler', {
      path: assetFolder(this, ASSET.handler.folder),
      type: AssetType.DIRECTORY,
    });
    // The stack may be used as a child module in another folder.
    this.interpreter = ['node', `\${path.module}/${handler.path}/${ASSET.handler.main}`];
    const entries = Lazy.anyValue({ produce: () => entriesOf(this.declarations) });
    const local = named(new TerraformLocal(this, 'attachments', entries), BLOCK.attachment);
    const ids = {
      [BLOCK.nicId]: `\${each.value.${BLOCK.nicId}}`,
      [BLOCK.instanceId]: `\${each.value.${BLOCK.instanceId}}`,
    };
    this.attachment = named(this.block('attachment', ids), BLOCK.attachment);
    // References to the records: blocks that use them wait for them, and are replaced when they change.
    const values = `it.${this.triggers}`;
    const pairs = `\${{for key, it in ${nameOf(this.attachment)} : key => "\${${values}.${BLOCK.nicId}}:\${${values}.${BLOCK.instanceId}}"}}`;
    this.convergence = named(this.block('convergence', pairs), BLOCK.convergence);
    this.confirmation = named(this.block('confirmation', pairs), BLOCK.confirmation);
    this.attachment.addOverride('for_each', local.expression);
    const own = `self.${this.triggers}`;
    this.addProvisioner(this.attachment, COMMAND.delete, {
      [ENV.nicId]: `\${${own}.${BLOCK.nicId}}`,
      [ENV.instanceId]: `\${${own}.${BLOCK.instanceId}}`,
      [ENV.timeout]: Lazy.stringValue({
        produce: () => longestTimeout(this.declarations.map(({ deleteTimeout }) => deleteTimeout)),
      }),
    });
    const name = `local.${local.friendlyUniqueId}`;
    const set = Lazy.anyValue({ produce: () => attachmentParts(this.declarations, name) });
    for (const each of [this.convergence, this.confirmation])
      this.addProvisioner(each, COMMAND.converge, set);
    // Terraform writes its state whenever a resource completes. If it is killed while the convergence runs, the state may
    // show that as done; the confirmation is then missing from the state, and the next apply runs it.
    addDependencies(this.confirmation, [this.convergence]);
    replaceWith(this.confirmation, this.convergence);
    this.node.addValidation({
      validate: () => orderingErrors(this.confirmation, 'of one runner', 'LocalExecRunner'),
    });
    // Only checks that the files of an earlier synth can be changed.
    onSynthesis(this, () => undefined);
    attachments.atSynth(() => this.prepare());
  }

  /** @internal */
  public _attach(declaration: AttachmentDeclaration): AttachmentReferences {
    this.declarations.push(declaration);
    const id = `${nameOf(this.confirmation)}.${this.triggers}[${JSON.stringify(keyOf(declaration))}]`;
    return { resource: this.confirmation, reference: referencesToId(this, id) };
  }

  /** @param triggers a map or a Terraform expression whose change replaces the block */
  private block(id: string, triggers: Readonly<Record<string, string>> | string): TerraformResource {
    return resourceBlock(this, id, this.carrier, { [this.triggers]: triggers });
  }

  /** Adds a provisioner that runs the handler: `delete` on destroy, any other command on create. */
  private addProvisioner(block: TerraformResource, command: string, environment: unknown): void {
    block.addOverride('provisioner', [
      {
        'local-exec': {
          ...(command === COMMAND.delete ? { when: 'destroy' } : {}),
          interpreter: this.interpreter,
          command,
          environment,
        },
      },
    ]);
  }

  private prepare(): void {
    if (this.carrier === Carrier.NULL_RESOURCE) ensureNullProvider(this);
    // `replace_triggered_by` fails on a resource without instances.
    if (this.declarations.length > 0) replaceWith(this.convergence, this.attachment);
    for (const { construct } of this.declarations) orderByDependencies(this, construct, this.attachment);
  }
}

/** Replaces `block` whenever `other`, or an instance of it, is replaced. */
function replaceWith(block: TerraformResource, other: TerraformResource): void {
  block.addOverride('lifecycle', { replace_triggered_by: [nameOf(other)] });
}

function nameOf(block: TerraformResource): string {
  return `${block.terraformResourceType}.${block.friendlyUniqueId}`;
}
