import { join } from 'path';
import { Annotations, Aspects, TerraformProvider, TerraformStack, Token } from 'cdktf';
import { addCustomSynthesis } from 'cdktf/lib/synthesize/synthesizer';
import { Construct } from 'constructs';
import { PROVIDER } from '../contract';
import { EmbeddedProvider } from './assets';
import { AttachmentDeclaration, AttachmentRunner, CarriedAttachment } from './attachment-runner';
import { dependenciesWithin, orderByDependencies } from './dependencies';
import { dependsWithinConvergence, otherProviders, plainSecret } from './errors';
import { StackAttachments } from './stack-attachments';
import { declaredTimeout } from './timeouts';
import { ConvergenceResource, ZecProvider, ZecResource } from './zec-provider';

/** When an attachment counts as created under the provider runner. */
export enum Convergence {
  /**
   * Each attachment is created when its vNIC and its instance agree, and what refers to it waits for that one only.
   * Each holds one of Terraform's slots meanwhile: ten, unless `-parallelism` says otherwise.
   */
  EACH = 'each',
  /**
   * An attachment is created when the API has accepted it. One `zec_nic_convergence` for all of the runner's then waits
   * until all of them are attached, in about the time of one, and what refers to any of them waits for all. It fails
   * naming those that were not attached; the next plan shows these again.
   */
  TOGETHER = 'together',
}

/**
 * Settings of the embedded provider. What is left out comes from the environment of the process that runs Terraform,
 * which is the better place for secrets: what stands here is written into the synthesized stack.
 */
export interface ProviderRunnerProps {
  /**
   * The access key id.
   * @default - from the environment
   */
  readonly accessKeyId?: string;
  /**
   * The access key password. Give a reference to a sensitive variable, if anything.
   * @default - from the environment
   */
  readonly accessKeyPassword?: string;
  /**
   * A bearer token instead of an access key. Give a reference to a sensitive variable, if anything.
   * @default - from the environment
   */
  readonly token?: string;
  /**
   * The host of the API, with a port if need be.
   * @default - from the environment, else the public API
   */
  readonly domain?: string;
  /**
   * "HTTPS", or "HTTP" to this machine itself.
   * @default - from the environment, else "HTTPS"
   */
  readonly scheme?: string;
  /**
   * Longest time of one request, in whole seconds.
   * @default - from the environment, else 30
   */
  readonly clientTimeout?: number;
  /**
   * Whether plans ask the API if what they plan is possible.
   * @default true
   */
  readonly preflight?: boolean;
  /**
   * Whether each attachment is waited for by itself, or all of this runner's at once. With `Convergence.TOGETHER` the
   * longest create timeout that any of them declares holds for all, and none of them can depend on another.
   *
   * Changing it changes nothing in the cloud.
   * @default Convergence.EACH
   */
  readonly convergence?: Convergence;
}

const DEFAULT_ID = 'zec';

/**
 * Runs the handler as a real Terraform provider, which is part of this package and placed into the stack: nothing is
 * downloaded. Plans show drift and check what they are about to do, attachments can be imported and moved, and one
 * process serves them all.
 *
 * Synth writes the provider into the stack's folder, for Linux and macOS on x64 and arm64, and its entry into the
 * stack's lock file. The machine that runs Terraform needs Node on its PATH.
 *
 * The first runner of a stack serves all its attachments that name none.
 */
export class ProviderRunner extends AttachmentRunner {
  /** The provider runner that serves the stack of `scope` by default; made now if there is none yet. */
  public static of(scope: Construct): ProviderRunner {
    const stack = TerraformStack.of(scope);
    const current = StackAttachments.of(stack).defaultRunner;
    return current instanceof ProviderRunner ? current : new ProviderRunner(stack, DEFAULT_ID);
  }

  private readonly stack: TerraformStack;
  private readonly provider: ZecProvider;
  private readonly resources = new Map<Construct, ZecResource>();
  private readonly together: boolean;
  private convergence: ConvergenceResource | undefined;

  /**
   * Adds a runner. A second one in a stack is an alias of the provider.
   * @throws Error if the package is not built
   */
  public constructor(scope: Construct, id: string, props: ProviderRunnerProps = {}) {
    super(scope, id);
    this.stack = TerraformStack.of(this);
    this.together = props.convergence === Convergence.TOGETHER;
    for (const prop of ['accessKeyPassword', 'token'] as const) {
      const value = props[prop];
      if (value !== undefined && !Token.isUnresolved(value))
        Annotations.of(this).addWarning(plainSecret(prop));
    }
    StackAttachments.of(this.stack).register(this);
    const embedded = new EmbeddedProvider(this);
    const others = this.stack.node.findAll().filter((each) => each instanceof ZecProvider).length;
    this.provider = new ZecProvider(this, 'provider', {
      source: embedded.address,
      version: embedded.version,
      alias: others === 0 ? undefined : `runner${others + 1}`,
      attributes: {
        access_key_id: props.accessKeyId,
        access_key_password: props.accessKeyPassword,
        token: props.token,
        domain: props.domain,
        scheme: props.scheme,
        client_timeout: props.clientTimeout,
        preflight: props.preflight,
      },
    });
    addCustomSynthesis(this, {
      onSynthesize: ({ outdir, manifest }) => {
        embedded.writeTo(join(outdir, manifest.forStack(this.stack).workingDirectory));
      },
    });
    this.node.addValidation({ validate: () => this.dependsWithin() });
    Aspects.of(this.stack).add({
      visit: (node) => {
        if (node === this.stack) this.prepare();
      },
    });
  }

  /** @internal */
  public _attach(declaration: AttachmentDeclaration): CarriedAttachment {
    const { construct, nicId, instanceId } = declaration;
    const resource = new ZecResource(construct, 'Resource', this.provider, PROVIDER.nicAttachment, {
      nic_id: nicId,
      instance_id: instanceId,
      wait: this.together ? false : undefined,
      timeouts: timeoutsOf(declaration),
    });
    // Unlike an error of the provider, a postcondition does not stop the plan that Terraform makes before a destroy.
    resource.addOverride('lifecycle.postcondition', [
      {
        condition: '${self.preflight_error == null}',
        error_message: '${coalesce(self.preflight_error, "It can be attached.")}',
      },
    ]);
    // The name of the construct itself, and not of the child that carries it.
    resource.overrideLogicalId(this.stack.getLogicalId(construct.node));
    this.resources.set(construct, resource);
    return this.together
      ? this.convergenceOfAll.add(resource, declaration.createTimeout)
      : referencesTo(resource);
  }

  /** @internal */
  public _adoptState(
    attachment: Construct,
    { importId, address }: { readonly importId?: string; readonly address?: string },
  ): void {
    const resource = this.resources.get(attachment);
    if (importId !== undefined) resource?.importFrom(importId);
    if (address !== undefined) resource?.moveFromId(address);
  }

  /** Made with the first attachment: without any there is nothing to wait for. */
  private get convergenceOfAll(): ConvergenceResource {
    if (this.convergence === undefined) {
      this.convergence = new ConvergenceResource(this, 'convergence', this.provider);
      this.convergence.overrideLogicalId(this.stack.getLogicalId(this.node));
    }
    return this.convergence;
  }

  private prepare(): void {
    for (const [construct, resource] of this.resources) {
      orderByDependencies(construct, resource, [resource, this.convergence]);
    }
    this.warnAboutOtherProviders();
  }

  private dependsWithin(): string[] {
    return this.convergence === undefined
      ? []
      : dependenciesWithin([...this.resources.keys()], this.convergence).map(([path, other]) =>
          dependsWithinConvergence(path, other),
        );
  }

  private warnAboutOtherProviders(): void {
    const providers = this.stack.node
      .findAll()
      .filter((each): each is TerraformProvider => TerraformProvider.isTerraformProvider(each));
    if (providers.find((each) => each instanceof ZecProvider) !== this.provider) return;
    const names = providers
      .filter((each) => !(each instanceof ZecProvider))
      .map((each) => each.terraformResourceType);
    if (names.length > 0) Annotations.of(this).addWarning(otherProviders([...new Set(names)].sort()));
  }
}

/** References to an attachment by itself. */
function referencesTo(resource: ZecResource): CarriedAttachment {
  const attribute = (name: string) => () => resource.getStringAttribute(name);
  return { resource, id: attribute('id'), nicId: attribute('nic_id'), instanceId: attribute('instance_id') };
}

/** A block only where something else than the provider's own default is declared. */
function timeoutsOf({ createTimeout, deleteTimeout }: AttachmentDeclaration): object | undefined {
  const timeouts = { create: declaredTimeout(createTimeout), delete: declaredTimeout(deleteTimeout) };
  return timeouts.create === undefined && timeouts.delete === undefined ? undefined : timeouts;
}
