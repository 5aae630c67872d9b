import {
  Aspects,
  AssetType,
  Lazy,
  ref,
  TerraformAsset,
  TerraformLocal,
  TerraformResource,
  TerraformStack,
  Token,
} from 'cdktf';
import { Construct, IConstruct } from 'constructs';
import { ASSET, BLOCK, COMMAND, CONTEXT, ENV } from '../contract';
import { AttachmentDeclaration, AttachmentRunner, CarriedAttachment, elementOf } from './attachment-runner';
import { bundled } from './bundled';
import { Carrier } from './carrier';
import { carrierBlock, ensureProvider, triggersOf } from './carrier-blocks';
import { attachmentsIn, dependenciesOf, elementsBehind, order } from './dependencies';
import { adoptsByItself, dependsWithinRunner, unknownContext } from './errors';
import { keyOf } from './keys';
import { StackAttachments } from './stack-attachments';
import { longestTimeout } from './timeouts';

/** Choices of a local-exec runner. */
export interface LocalExecRunnerProps {
  /**
   * The Terraform resource that carries the attachments. Change it in a deploy of its own: the new blocks adopt
   * what is attached, and the old ones go without running anything.
   * @default - the context value of "zec:carrier", which is "null_resource" or "terraform_data", else NULL_RESOURCE
   */
  readonly carrier?: Carrier;
}

const DEFAULT_ID = 'zec';

/**
 * Runs the handler through provisioners of Terraform: `node` with a program that travels with the stack.
 *
 * It writes three blocks into the stack, with one entry for each attachment: `nic_attachment` attaches when it is
 * created, `nic_attachment_release` detaches when it is destroyed, and `nic_attachment_confirmation` is created last:
 * it makes up for an attach that was cut off when Terraform itself was killed. They stay as long as the runner is in
 * the stack, even without attachments: so keep the runner for one deploy after the last attachment is gone.
 *
 * The first runner of a stack serves all its attachments that name none. The machine that runs Terraform needs Node
 * on its PATH, and the credentials in its environment.
 */
export class LocalExecRunner extends AttachmentRunner {
  /** The local-exec runner that serves the stack of `scope` by default; made now if there is none yet. */
  public static of(scope: Construct): LocalExecRunner {
    const stack = TerraformStack.of(scope);
    const current = StackAttachments.of(stack).defaultRunner;
    return current instanceof LocalExecRunner ? current : new LocalExecRunner(stack, DEFAULT_ID);
  }

  /** The resource that carries the attachments. */
  public readonly carrier: Carrier;

  private readonly stack: TerraformStack;
  private readonly declarations: AttachmentDeclaration[] = [];
  private readonly release: TerraformResource;
  private readonly attachment: TerraformResource;
  private readonly confirmation: TerraformResource;

  /**
   * Adds a runner.
   * @throws Error if the context value of "zec:carrier" is unknown, or the package is not built
   */
  public constructor(scope: Construct, id: string, props: LocalExecRunnerProps = {}) {
    super(scope, id);
    this.stack = TerraformStack.of(this);
    this.carrier = props.carrier ?? carrierFromContext(this) ?? Carrier.NULL_RESOURCE;
    const plainNames = StackAttachments.of(this.stack).register(this);
    const handler = new TerraformAsset(this, 'handler', {
      path: bundled(this, ASSET.handler.folder),
      type: AssetType.DIRECTORY,
    });
    const interpreter = ['node', `${handler.path}/${ASSET.handler.main}`];
    const local = new TerraformLocal(this, 'attachments', Lazy.anyValue({ produce: () => this.entries() }));
    if (plainNames) local.overrideLogicalId(BLOCK.attachment);
    this.release = this.block('release', interpreter, local, {
      when: 'destroy',
      command: COMMAND.delete,
      values: `self.${triggersOf(this.carrier)}`,
      timeout: Lazy.stringValue({
        produce: () => longestTimeout(this.declarations.map(({ deleteTimeout }) => deleteTimeout)),
      }),
    });
    const creating = { values: 'each.value', timeout: '${each.value.create_timeout}' };
    this.attachment = this.block('attachment', interpreter, local, {
      ...creating,
      command: COMMAND.create,
      more: { [ENV.toBeConfirmed]: 'true' },
    });
    order(this.attachment, [this.release]);
    // Terraform writes its whole state whenever a resource ends. Killed while an attach runs, it may have that one on
    // record as done; this one is then missing, and the next apply makes it.
    this.confirmation = this.block('confirmation', interpreter, local, {
      ...creating,
      command: COMMAND.confirm,
    });
    order(this.confirmation, [this.attachment]);
    if (plainNames) {
      this.release.overrideLogicalId(BLOCK.release);
      this.attachment.overrideLogicalId(BLOCK.attachment);
      this.confirmation.overrideLogicalId(BLOCK.confirmation);
    }
    this.confirmation.addOverride('lifecycle', {
      replace_triggered_by: [`${nameOf(this.attachment)}[each.key]`],
    });
    this.node.addValidation({ validate: () => this.dependsWithin() });
    Aspects.of(this.stack).add({ visit: (node) => this.prepare(node) });
  }

  /** @internal */
  public _attach(declaration: AttachmentDeclaration): CarriedAttachment {
    this.declarations.push(declaration);
    const entry = `${nameOf(this.confirmation)}[${JSON.stringify(keyOf(declaration))}]`;
    const reference = (name: string) =>
      Token.asString(ref(`${entry}.${triggersOf(this.carrier)}.${name}`, this.stack));
    return {
      element: this.confirmation,
      get nicId() {
        return reference(BLOCK.nicId);
      },
      get instanceId() {
        return reference(BLOCK.instanceId);
      },
      get id() {
        return `${this.nicId}:${this.instanceId}`;
      },
    };
  }

  /** @internal */
  public _takeOver(attachment: Construct): void {
    throw adoptsByItself(attachment);
  }

  private block(
    id: string,
    interpreter: string[],
    local: TerraformLocal,
    run: {
      readonly when?: string;
      readonly command: string;
      readonly values: string;
      readonly timeout: string;
      readonly more?: Readonly<Record<string, string>>;
    },
  ): TerraformResource {
    const block = carrierBlock(this, id, this.carrier);
    block.addOverride('for_each', local.expression);
    block.addOverride('provisioner', [
      {
        'local-exec': {
          ...(run.when === undefined ? {} : { when: run.when }),
          interpreter,
          command: run.command,
          environment: {
            [ENV.nicId]: `\${${run.values}.${BLOCK.nicId}}`,
            [ENV.instanceId]: `\${${run.values}.${BLOCK.instanceId}}`,
            [ENV.timeout]: run.timeout,
            ...run.more,
          },
        },
      },
    ]);
    return block;
  }

  private entries(): Record<string, Record<string, string>> {
    return Object.fromEntries(
      this.declarations.map((declaration) => [
        keyOf(declaration),
        {
          [BLOCK.nicId]: declaration.nicId,
          [BLOCK.instanceId]: declaration.instanceId,
          create_timeout: declaration.createTimeout,
        },
      ]),
    );
  }

  private prepare(node: IConstruct): void {
    if (node !== this.stack) return;
    ensureProvider(this.stack, this.carrier);
    const blocks: unknown[] = [this.release, this.attachment, this.confirmation];
    for (const { construct } of this.declarations) {
      for (const dependency of dependenciesOf(construct)) {
        order(
          this.release,
          elementsBehind(dependency).filter((each) => !blocks.includes(each)),
        );
      }
    }
  }

  private dependsWithin(): string[] {
    return this.declarations.flatMap(({ construct }) =>
      dependenciesOf(construct)
        .flatMap((dependency) => attachmentsIn(dependency))
        .filter((other) => other !== construct && elementOf(other) === this.confirmation)
        .map((other) => dependsWithinRunner(construct.node.path, other.node.path)),
    );
  }
}

function nameOf(block: TerraformResource): string {
  return `${block.terraformResourceType}.${block.friendlyUniqueId}`;
}

function carrierFromContext(where: IConstruct): Carrier | undefined {
  const asked: unknown = where.node.tryGetContext(CONTEXT.carrier);
  if (asked === undefined) return undefined;
  const known: string[] = Object.values(Carrier);
  if (!known.includes(asked as string)) throw unknownContext(where, CONTEXT.carrier, asked, known);
  return asked as Carrier;
}
