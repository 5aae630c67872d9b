import type { ITerraformIterator, TerraformDataSource, TerraformProvider, TerraformResource } from 'cdktf';
import { Construct } from 'constructs';
import { cliConfigFiles, cliConfigProblem, isForTofu, usesTofu } from '../cli-config';
import { PROVIDER, PROVIDER_ADDRESS } from '../contract';
import { EmbeddedProvider, requireVersion } from './assets';
import { AttachmentDeclaration, AttachmentRunner, AttachmentReferences } from './attachment-runner';
import { dataBlock, lifecycleOverrides, providerBlock, providersIn, resourceBlock } from './blocks';
import { ConvergenceBlock } from './convergence';
import { orderByDependencies, orderingErrors, setResource } from './dependencies';
import * as errors from './errors';
import { frameworkOf, onSynthesis, stackOf } from './framework';
import { NicBlock } from './nic-getters';
import { nameOfPath } from './resource-names';
import { StackAttachments } from './stack-attachments';
import { declaredTimeout } from './timeouts';

/** The protocol of API requests. */
export enum Scheme {
  /** HTTP over TLS. */
  HTTPS = 'HTTPS',
  /** Plain HTTP, which is allowed only to loopback addresses, for a simulated API. */
  HTTP = 'HTTP',
}

/**
 * When a create with the provider runner completes.
 * @stability experimental
 */
export enum Convergence {
  /**
   * When the vNIC and the instance both report the attachment. Consumers of an attachment wait for that attachment only.
   * Each create occupies one of Terraform's workers, of which there are ten unless `-parallelism` is set.
   */
  EACH = 'each',
  /**
   * When the API has accepted the attach request. One `zec_nic_convergence` then waits for all attachments of the runner, in
   * about the time of one. Consumers of any attachment wait for all of them. If some fail, it reports each of them, and the
   * next plan includes them again.
   */
  TOGETHER = 'together',
}

/**
 * Properties of `ProviderRunner`. The defaults come from the environment of the process that runs Terraform. Secrets belong
 * there, because synth writes these properties to the stack.
 */
export interface ProviderRunnerProps {
  /** The access key ID. @default - from the environment */
  readonly accessKeyId?: string;
  /**
   * The access key password. If you set it, use a reference to a sensitive variable.
   * @default - from the environment
   */
  readonly accessKeyPassword?: string;
  /**
   * A bearer token instead of an access key. If you set it, use a reference to a sensitive variable.
   * @default - from the environment
   */
  readonly token?: string;
  /** The host of the API, with an optional port. @default - from the environment, or `console.zenlayer.com` */
  readonly domain?: string;
  /** The protocol of API requests. @default - from the environment, or HTTPS */
  readonly scheme?: Scheme;
  /** The timeout of one request, in whole seconds from 1 to 3600. @default - from the environment, or 30 */
  readonly clientTimeout?: number;
  /** Whether plans are checked against the API. Failed checks are warnings. @default true */
  readonly preflight?: boolean;
  /**
   * Whether Terraform waits for each attachment separately or for all of them together. With `Convergence.TOGETHER`, the
   * longest create timeout applies to all attachments, and they cannot depend on each other. A change of this property
   * changes nothing in the cloud.
   * @default Convergence.EACH
   * @stability experimental
   */
  readonly convergence?: Convergence;
}

/** The construct ID of the default runner. */
const DEFAULT_ID = 'cdktf-zenlayer-zec-provider';

/**
 * Runs the handler in a Terraform provider that is part of this package. Plans show drift and are checked against the API.
 * Attachments can be imported and moved. One process serves all attachments.
 *
 * Synth writes the provider, for Linux and macOS on x64 and arm64, into the folder of the stack, and its entry into the
 * stack's lock file. The machine that runs Terraform needs Node.js on its PATH.
 *
 * The first runner of a stack serves all attachments without a `runner`.
 *
 * @example
 * const runner = new ProviderRunner(stack, 'runner');
 * const storage = new NicAttachment(stack, 'storage-nic', { nicId: 'nic-storage', instanceId: 'ins-web', runner });
 * new TerraformOutput(stack, 'mac', { value: storage.macAddress });
 */
export class ProviderRunner extends AttachmentRunner {
  /** Returns the first provider runner of the stack, or creates one. */
  public static of(scope: Construct): ProviderRunner {
    return StackAttachments.of(scope).first(ProviderRunner) ?? new ProviderRunner(stackOf(scope), DEFAULT_ID);
  }

  private readonly provider: TerraformProvider;
  /** The blocks of attachments and data sources. */
  private readonly blocks = new Map<Construct, TerraformResource | TerraformDataSource>();
  /** Moves state to the resources of attachments. Each runs once, at the first synth. */
  private readonly moves: (() => void)[] = [];
  private readonly together: boolean;
  private convergence: ConvergenceBlock | undefined;

  /**
   * Adds a runner to a stack. A second provider runner, and one with an account or endpoint of its own, uses an alias of the
   * provider, which is derived from its path.
   * @throws Error if the package is not built, or if `scheme` or `clientTimeout` is invalid
   */
  public constructor(scope: Construct, id: string, props: ProviderRunnerProps = {}) {
    super(scope, id);
    const convergence = errors.checkedChoice(
      this,
      'convergence',
      props.convergence,
      Object.values(Convergence),
    );
    this.together = convergence === Convergence.TOGETHER;
    this.check(props);
    const attachments = StackAttachments.of(this);
    attachments.runners.push(this);
    const embedded = new EmbeddedProvider(this);
    const others = providersIn(stackOf(this)).filter(isEmbedded);
    if (others.length === 0) this.warnAboutCliConfig();
    // Terraform destroys an attachment that is no longer declared with the provider of the same alias: never with another account.
    const isDefault = !hasOwnSettings(props) && others.every(({ alias }) => alias !== undefined);
    this.provider = providerBlock(this, 'provider', PROVIDER.type, {
      source: PROVIDER_ADDRESS,
      version: embedded.version,
      alias: isDefault ? undefined : nameOfPath(this),
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
    onSynthesis(this, (folder) => {
      embedded.writeTo(folder);
      requireVersion(folder, attachments.names.movesBetweenTypes);
    });
    this.node.addValidation({
      validate: () =>
        this.convergence === undefined
          ? []
          : orderingErrors(this.convergence.resource, 'that converge together', 'ProviderRunner'),
    });
    attachments.atSynth(() => this.prepare());
  }

  /** @internal */
  public _attach(declaration: AttachmentDeclaration): AttachmentReferences {
    const { construct, nicId, instanceId, createTimeout, deleteTimeout } = declaration;
    const attributes = {
      nic_id: nicId,
      instance_id: instanceId,
      wait: this.together ? false : undefined,
      skip_destroy: declaration.skipDestroy,
      when_stopped: declaration.whenStopped,
      'timeouts.create': declaredTimeout(createTimeout),
      'timeouts.delete': declaredTimeout(deleteTimeout),
      ...lifecycleOverrides(construct, declaration.lifecycle ?? {}),
    };
    const name = StackAttachments.of(this).names.add(construct, nicId);
    const type = PROVIDER.nicAttachment;
    const resource = resourceBlock(construct, 'Resource', type, attributes, this.provider);
    resource.overrideLogicalId(name.current);
    if (declaration.forEach != null) {
      if (this.together) throw errors.errorAt(construct, errors.NOT_FOR_EACH);
      const forEach = declaration.forEach as ITerraformIterator;
      if (!('_getForEachExpression' in Object(forEach)))
        throw errors.errorAt(construct, errors.invalidForEach(forEach));
      resource.forEach = forEach;
    }
    this.blocks.set(construct, resource);
    this.moves.push(() => {
      const source = name.source();
      if (source !== undefined) resource.moveFromId(source);
    });
    if (this.together) this.convergence ??= new ConvergenceBlock(this, this.provider);
    return {
      resource,
      reference: (attribute) => resource.getStringAttribute(attribute),
      ...this.convergence?.add(resource, createTimeout),
      own: resource,
      moveFrom: (address) => name.moveFrom(address),
    };
  }

  /** Adds a data source. @internal */
  public _read(construct: Construct, type: string, attributes: Readonly<Record<string, unknown>>): NicBlock {
    const block = dataBlock(construct, type, attributes, this.provider);
    block.overrideLogicalId(nameOfPath(construct));
    this.blocks.set(construct, block);
    setResource(construct, block);
    StackAttachments.of(this).used.add(this);
    return block;
  }

  private check({ accessKeyPassword, token, scheme, clientTimeout }: ProviderRunnerProps): void {
    const { Annotations, Token } = frameworkOf(this);
    for (const [prop, value] of Object.entries({ accessKeyPassword, token })) {
      if (value !== undefined && !Token.isUnresolved(value))
        Annotations.of(this).addWarning(errors.plainSecret(prop));
    }
    if (!Token.isUnresolved(scheme)) errors.checkedChoice(this, 'scheme', scheme, Object.values(Scheme));
    if (clientTimeout !== undefined && !Token.isUnresolved(clientTimeout)) {
      if (!Number.isInteger(clientTimeout) || clientTimeout < 1)
        throw errors.errorAt(this, errors.invalidClientTimeout(clientTimeout));
    }
  }

  private prepare(): void {
    for (const [construct, block] of this.blocks) orderByDependencies(this, construct, block);
    for (const move of this.moves.splice(0)) move();
    this.warnAboutOtherProviders();
  }

  private warnAboutCliConfig(): void {
    const { files } = cliConfigFiles(process.env, process.env.HOME ?? '');
    for (const file of files.filter((each) => !isForTofu(each) || usesTofu(process.env))) {
      const problem = cliConfigProblem(file);
      if (problem !== undefined)
        frameworkOf(this).Annotations.of(this).addWarning(errors.hiddenProvider(file, problem));
    }
  }

  private warnAboutOtherProviders(): void {
    const providers = providersIn(stackOf(this));
    const others = providers.filter((each) => !isEmbedded(each));
    if (others.length === 0 || providers.find(isEmbedded) !== this.provider) return;
    const names = new Set(others.map(({ terraformResourceType }) => terraformResourceType));
    const warning = errors.otherProviders([...names].sort());
    StackAttachments.of(this).annotate(this, 'addWarning', warning);
  }
}

/** Whether the account or the endpoint is not that of the environment. An empty property counts as not set. */
function hasOwnSettings({ accessKeyId, token, domain, scheme }: ProviderRunnerProps): boolean {
  return [accessKeyId, token, domain, scheme].some((each) => each !== undefined && each !== '');
}

function isEmbedded({ terraformProviderSource }: TerraformProvider): boolean {
  return terraformProviderSource === PROVIDER_ADDRESS;
}
