import type { TerraformStack } from 'cdktf';
import { IConstruct } from 'constructs';
import { ID_PATTERN, MAX_NICS_PER_INSTANCE } from '../contract';
import { AttachmentDeclaration, AttachmentRunner } from './attachment-runner';
import { unknownContextKeys } from './context';
import { orderConsumers } from './dependencies';
import * as errors from './errors';
import { Framework, frameworkOf, frameworkCopyWarning, OWN_PACKAGE, stackOf } from './framework';
import { ResourceNames } from './resource-names';

// What an ID seems to identify, by its format: a literal, or a complete reference to an object's own ID, such as
// "zenlayercloud_zec_instance.web.id". Its other attributes may be IDs of other objects. The API documents no format.
const LIKE_NIC = /^(?:v?nic|eni)[-_]|^\$\{(?:data\.)?\w*zec_v?nic\.[^.]+\.(?:id|nic_id|vnic_id)\}$/i;
const LIKE_INSTANCE =
  /^(?:ins|instance|vm)[-_]|^\$\{(?:data\.)?\w*zec_instance\.[^.]+\.(?:id|instance_id)\}$/i;

/** References that are valid only in a block with `for_each` or `count`. */
const ITERATOR = /\$\{[^}]*\b(?:each\.(?:key|value)|count\.index)\b/;

/** The property of a stack with its attachments, which all copies of this package share. */
const ATTACHMENTS = Symbol.for('cdktf-zenlayer-zec/attachments');

/** The attachments of a stack, and the checks that concern several of them. */
export class StackAttachments {
  /** @throws Error if another copy of this package has put attachments or runners into the stack */
  public static of(scope: IConstruct): StackAttachments {
    const stack = stackOf(scope) as TerraformStack & { [ATTACHMENTS]?: { readonly owner: string } };
    const known = stack[ATTACHMENTS] ?? new StackAttachments(stack, frameworkOf(scope));
    if (!(known instanceof StackAttachments))
      throw errors.errorAt(scope, errors.secondCopy(known.owner, OWN_PACKAGE));
    stack[ATTACHMENTS] = known;
    return known;
  }

  /** The copy of this package that created it. */
  public readonly owner = OWN_PACKAGE;
  /** In order of creation. The first one is the default runner. */
  public readonly runners: AttachmentRunner[] = [];
  /** The runners that attachments or data sources use. */
  public readonly used = new Set<AttachmentRunner>();
  public readonly names = new ResourceNames();
  private readonly declarations: AttachmentDeclaration[] = [];
  private readonly actions: (() => void)[] = [];

  private constructor(
    private readonly stack: TerraformStack,
    private readonly framework: Framework,
  ) {
    framework.Aspects.of(stack).add({
      visit: (node) => {
        if (node === stack) this.prepare();
      },
    });
    stack.node.addValidation({
      validate: () => {
        // Again, because Aspects may have added attachments.
        this.prepare();
        this.warn();
        return [...this.malformedIds(), ...this.duplicates()];
      },
    });
    this.atSynth(() => orderConsumers(stack));
  }

  /** The first runner of a class; `undefined` if there is none. */
  public first<Runner extends AttachmentRunner>(
    kind: abstract new (...args: never[]) => Runner,
  ): Runner | undefined {
    return this.runners.find((each): each is Runner => each instanceof kind);
  }

  /** Runs `action` at every synth of the stack, after all constructs are created. It must be idempotent. */
  public atSynth(action: () => void): void {
    this.actions.push(action);
  }

  private prepare(): void {
    for (const action of this.actions) action();
  }

  public add(declaration: AttachmentDeclaration, runner: AttachmentRunner): void {
    // The IDs of an iterator are known to Terraform only.
    if (declaration.forEach == null) this.declarations.push(declaration);
    this.used.add(runner);
  }

  /** Checks the IDs that are resolved at synth. Literals are checked when declared. */
  private malformedIds(): string[] {
    return this.resolved().flatMap(({ construct, ...ids }) =>
      Object.entries(ids)
        .filter(([, id]) => ITERATOR.test(id) || (!id.includes('${') && !ID_PATTERN.test(id)))
        .map(([prop, id]) => errors.malformedId(construct.node.path, prop, id, ITERATOR.test(id))),
    );
  }

  private warn(): void {
    this.warnAboutLimits();
    this.warnAboutSwappedIds();
    this.reportUnusedRunners();
    for (const message of [...unknownContextKeys(this.stack), frameworkCopyWarning(this.stack) ?? []].flat())
      this.annotate(this.stack, 'addWarning', message);
  }

  private warnAboutSwappedIds(): void {
    const all = this.resolved();
    const nicIds = new Set(all.map(({ nicId }) => nicId));
    const instanceIds = new Set(all.map(({ instanceId }) => instanceId));
    for (const { construct, nicId, instanceId } of all) {
      const warn = (message: string) => this.annotate(construct, 'addWarning', message);
      if (LIKE_INSTANCE.test(nicId) || instanceIds.has(nicId))
        warn(errors.looksSwapped('nicId', nicId, instanceIds.has(nicId)));
      if (LIKE_NIC.test(instanceId) || nicIds.has(instanceId))
        warn(errors.looksSwapped('instanceId', instanceId, nicIds.has(instanceId)));
    }
  }

  /**
   * Warns about an additional unused runner, which was probably meant to be passed to an attachment. A single unused runner
   * may be there to detach the last attachments, so it is only an information.
   */
  private reportUnusedRunners(): void {
    const inUse = this.runners.find((runner) => this.used.has(runner));
    for (const runner of this.runners.filter((each) => !this.used.has(each))) {
      if (inUse === undefined || runner === this.runners[0])
        this.annotate(runner, 'addInfo', errors.unusedRunner());
      else this.annotate(runner, 'addWarning', errors.unusedRunner(inUse.node.path));
    }
  }

  /** Adds an annotation once, because annotations remain for the next synth. */
  public annotate(where: IConstruct, how: 'addInfo' | 'addWarning', message: string): void {
    if (where.node.metadata.every(({ data }) => data !== message))
      this.framework.Annotations.of(where)[how](message);
  }

  private duplicates(): string[] {
    return [...this.pathsBy('nicId')]
      .filter(([, paths]) => paths.length > 1)
      .map(([nicId, paths]) => errors.attachedTwice(nicId, paths));
  }

  private warnAboutLimits(): void {
    for (const [instanceId, { length }] of this.pathsBy('instanceId')) {
      if (length > MAX_NICS_PER_INSTANCE)
        this.annotate(this.stack, 'addWarning', errors.tooManyAttachments(instanceId, length));
    }
  }

  /** The paths of the attachments of each vNIC or instance. */
  private pathsBy(prop: 'nicId' | 'instanceId'): Map<string, string[]> {
    const groups = new Map<string, string[]>();
    for (const { construct, [prop]: id } of this.resolved())
      groups.set(id, [...(groups.get(id) ?? []), construct.node.path]);
    return groups;
  }

  /** The attachments with resolved tokens. */
  private resolved() {
    const { DefaultTokenResolver, StringConcat, Token, Tokenization } = this.framework;
    const resolver = new DefaultTokenResolver(new StringConcat());
    const context = { scope: this.stack, resolver, preparing: false };
    const resolve = (id: string) =>
      Token.isUnresolved(id) ? String(Tokenization.resolve(id, context) ?? '') : id;
    return this.declarations.map(({ construct, nicId, instanceId }) => ({
      construct,
      nicId: resolve(nicId),
      instanceId: resolve(instanceId),
    }));
  }
}
