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
import { StackAttachments } from './stack-attachments';
import { declaredTimeout } from './timeouts';

/** The protocol of API requests. */
export enum Scheme {
  /** HTTP over TLS. */
  HTTPS = 'HTTPS',
  /** Plain HTTP: only to the loopback interface, for a simulated API. */
  HTTP = 'HTTP',
}

/**
 * When a create of the provider runner completes.
 * @stability experimental
 */
export enum Convergence {
  /**
   * When the vNIC and the instance both show the attachment. What refers to an attachment waits for that one only.
   * Meanwhile each create occupies one of Terraform's workers: ten, unless `-parallelism` is set.
   */
  EACH = 'each',
  /**
   * When the API has accepted the request. One `zec_nic_convergence` then waits until all attachments of the runner are
   * attached, in about the time of one, and what refers to any of them waits for all. If some are not attached, it
   * fails and names them; the next plan includes them again.
   */
  TOGETHER = 'together',
}

/**
 * Settings of the embedded provider. The defaults come from the environment of the process that runs Terraform, which
 * is the better place for secrets: values given here are written to the synthesized stack.
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
  /** The host of the API, with an optional port. @default - from the environment, else the public API */
  readonly domain?: string;
  /** The protocol of API requests. @default - from the environment, else HTTPS */
  readonly scheme?: Scheme;
  /** The timeout of one request, in whole seconds. @default - from the environment, else 30 */
  readonly clientTimeout?: number;
  /** Whether plans are checked against the API. @default true */
  readonly preflight?: boolean;
  /**
   * Whether the runner waits for each attachment separately, or for all of them together. With `Convergence.TOGETHER`
   * the longest create timeout applies to all, and none of them can depend on another.
   *
   * A change of this setting changes nothing in the cloud.
   * @default Convergence.EACH
   * @stability experimental
   */
  readonly convergence?: Convergence;
}

/** The construct ID of the default runner. */
const DEFAULT_ID = 'cdktf-zenlayer-zec-provider';

/**
 * Runs the handler as a Terraform provider that is part of this package: nothing is downloaded. Plans show drift and are
 * checked against the API, attachments can be imported and moved, and one process serves all of them.
 *
 * Synth writes the provider into the stack's folder, for Linux and macOS on x64 and arm64, and its entry into the
 * stack's lock file. The machine that runs Terraform needs Node on its PATH.
 *
 * The first runner of a stack serves all its attachments that name none.
 *
 * @example
 * const runner = new ProviderRunner(stack, 'runner');
 * const storage = new NicAttachment(stack, 'storage-nic', { nicId: 'nic-storage', instanceId: 'ins-web', runner });
 * new TerraformOutput(stack, 'mac', { value: storage.macAddress });
 */
export class ProviderRunner extends AttachmentRunner {
  /** The stack's first provider runner; created if there is none. */
  public static of(scope: Construct): ProviderRunner {
    return StackAttachments.of(scope).first(ProviderRunner) ?? new ProviderRunner(stackOf(scope), DEFAULT_ID);
  }

  private readonly provider: TerraformProvider;
  private readonly resources = new Map<Construct, TerraformResource>();
  private readonly dataSources = new Map<Construct, TerraformDataSource>();
  private readonly together: boolean;
  private convergence: ConvergenceBlock | undefined;

  /**
   * Adds a runner. A second one in a stack is an alias of the provider.
   * @throws Error if the package is not built, or if `scheme` or `clientTimeout` is invalid
   */
  public constructor(scope: Construct, id: string, props: ProviderRunnerProps = {}) {
    super(scope, id);
    this.together = props.convergence === Convergence.TOGETHER;
    this.check(props);
    const attachments = StackAttachments.of(this);
    attachments.runners.push(this);
    const embedded = new EmbeddedProvider(this);
    const others = providersIn(stackOf(this)).filter(isEmbedded).length;
    if (others === 0) this.warnAboutCliConfig();
    this.provider = providerBlock(this, 'provider', PROVIDER.type, {
      source: PROVIDER_ADDRESS,
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
    onSynthesis(this, (folder) => {
      embedded.writeTo(folder);
      requireVersion(folder, attachments.names.movesBetweenTypes);
    });
    this.node.addValidation({ validate: () => this.orderingErrors() });
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
      ...lifecycleOverrides(construct, declaration.lifecycle),
    };
    const name = StackAttachments.of(this).names.add(construct, nicId);
    const type = PROVIDER.nicAttachment;
    const resource = resourceBlock(construct, 'Resource', type, attributes, this.provider, () => name.move());
    resource.overrideLogicalId(name.current);
    if (declaration.forEach !== undefined) {
      if (this.together) throw errors.errorAt(construct, errors.NOT_FOR_EACH);
      resource.forEach = declaration.forEach as ITerraformIterator;
    }
    this.resources.set(construct, resource);
    const adoption = {
      importFrom: (id: string) => resource.importFrom(id),
      moveFromId: (address: string) => name.moveFrom(address),
    };
    if (!this.together) return { ...referencesTo(resource), adoption };
    // Created with the first attachment: without any there is nothing to wait for.
    this.convergence ??= new ConvergenceBlock(this, this.provider);
    return { ...this.convergence.add(resource, createTimeout), adoption };
  }

  /** Adds a data source. @internal */
  public _read(construct: Construct, type: string, attributes: Readonly<Record<string, unknown>>): NicBlock {
    const block = dataBlock(construct, type, attributes, this.provider);
    block.overrideLogicalId(stackOf(construct).getLogicalId(construct.node));
    this.dataSources.set(construct, block);
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
    const schemes: string[] = Object.values(Scheme);
    if (scheme !== undefined && !Token.isUnresolved(scheme) && !schemes.includes(scheme))
      throw errors.errorAt(this, errors.unknownValue('scheme', scheme, schemes));
    if (clientTimeout !== undefined && !Token.isUnresolved(clientTimeout)) {
      if (!Number.isInteger(clientTimeout) || clientTimeout < 1)
        throw errors.errorAt(this, errors.invalidClientTimeout(clientTimeout));
    }
  }

  private prepare(): void {
    for (const [construct, resource] of this.resources) {
      orderByDependencies(construct, resource, [resource, this.convergence?.resource]);
    }
    for (const [construct, block] of this.dataSources) orderByDependencies(construct, block, [block]);
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

  private orderingErrors(): string[] {
    if (this.convergence === undefined) return [];
    const words = ['that converge together', 'ProviderRunner'] as const;
    return orderingErrors(this.resources.keys(), this.convergence.resource, words);
  }

  private warnAboutOtherProviders(): void {
    const providers = providersIn(stackOf(this));
    const others = providers.filter((each) => !isEmbedded(each));
    if (others.length === 0 || providers.find(isEmbedded) !== this.provider) return;
    const names = new Set(others.map(({ terraformResourceType }) => terraformResourceType));
    const warning = errors.otherProviders([...names].sort());
    frameworkOf(this).Annotations.of(this).addWarning(warning);
  }
}

/** Whether a provider is the embedded one. */
function isEmbedded({ terraformProviderSource }: TerraformProvider): boolean {
  return terraformProviderSource === PROVIDER_ADDRESS;
}

/** References to the resource of one attachment. */
function referencesTo(resource: TerraformResource): AttachmentReferences {
  const attribute = (name: string) => () => resource.getStringAttribute(name);
  return {
    resource,
    attributes: resource,
    id: attribute('id'),
    nicId: attribute('nic_id'),
    instanceId: attribute('instance_id'),
  };
}
