import type { TerraformStack } from 'cdktf';
import { IConstruct } from 'constructs';
import { ID_PATTERN, MAX_NICS_PER_INSTANCE } from '../contract';
import { AttachmentDeclaration, AttachmentRunner } from './attachment-runner';
import { unknownContextKeys } from './context';
import { orderConsumers } from './dependencies';
import * as errors from './errors';
import { Framework, frameworkOf, frameworkCopyWarning, OWN_PACKAGE, stackOf } from './framework';
import { ResourceNames } from './resource-names';

/** What an ID seems to identify, by its format. */
type IdRole = 'vNIC' | 'instance';

const LITERAL_PATTERNS: readonly (readonly [RegExp, IdRole])[] = [
  [/^(?:v?nic|eni)[-_]/i, 'vNIC'],
  [/^(?:ins|instance|vm)[-_]/i, 'instance'],
];
// A complete reference to an object's own ID, such as "zenlayercloud_zec_instance.web.id". Its other attributes may be
// IDs of other objects.
const REFERENCE_PATTERNS: readonly (readonly [RegExp, IdRole])[] = [
  [/^\$\{(?:data\.)?\w*zec_v?nic\.[^.]+\.(?:id|nic_id|vnic_id)\}$/, 'vNIC'],
  [/^\$\{(?:data\.)?\w*zec_instance\.[^.]+\.(?:id|instance_id)\}$/, 'instance'],
];

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
  private readonly reported = new Set<string>();
  private readonly declarations: AttachmentDeclaration[] = [];

  private constructor(
    private readonly stack: TerraformStack,
    private readonly framework: Framework,
  ) {
    stack.node.addValidation({ validate: () => [...this.malformedIds(), ...this.duplicates()] });
    this.atSynth(() => {
      orderConsumers(stack);
      this.warnAboutLimits();
      this.warnAboutSwappedIds();
      this.reportUnusedRunners();
      for (const message of [...unknownContextKeys(stack), frameworkCopyWarning(stack) ?? []].flat())
        this.annotate(stack, 'addWarning', message);
    });
  }

  /** The first runner of a class; `undefined` if there is none. */
  public first<Runner extends AttachmentRunner>(
    kind: abstract new (...args: never[]) => Runner,
  ): Runner | undefined {
    return this.runners.find((each): each is Runner => each instanceof kind);
  }

  /** Runs `action` at every synth of the stack, after all constructs are created. */
  public atSynth(action: () => void): void {
    this.framework.Aspects.of(this.stack).add({
      visit: (node) => {
        if (node === this.stack) action();
      },
    });
  }

  public add(declaration: AttachmentDeclaration, runner: AttachmentRunner): void {
    // The IDs of an iterator are known to Terraform only.
    if (declaration.forEach === undefined) this.declarations.push(declaration);
    this.used.add(runner);
  }

  /** Checks the IDs that are resolved at synth. Literals are checked when declared. */
  private malformedIds(): string[] {
    return this.declarations.flatMap(({ construct, nicId, instanceId }) =>
      Object.entries({ nicId, instanceId })
        .map(([prop, value]) => [prop, this.resolved(value)] as const)
        .filter(([, value]) => ITERATOR.test(value) || (isLiteral(value) && !ID_PATTERN.test(value)))
        .map(([prop, value]) => errors.malformedId(construct.node.path, prop, value, ITERATOR.test(value))),
    );
  }

  private warnAboutSwappedIds(): void {
    const nicIds = new Set(this.declarations.map(({ nicId }) => this.resolved(nicId)));
    const instanceIds = new Set(this.declarations.map(({ instanceId }) => this.resolved(instanceId)));
    for (const { construct, nicId, instanceId } of this.declarations) {
      const warn = (message: string) => this.annotate(construct, 'addWarning', message);
      const [nic, instance] = [this.resolved(nicId), this.resolved(instanceId)];
      if (roleOf(nic) === 'instance' || instanceIds.has(nic))
        warn(errors.looksSwapped('nicId', nic, instanceIds.has(nic)));
      if (roleOf(instance) === 'vNIC' || nicIds.has(instance))
        warn(errors.looksSwapped('instanceId', instance, nicIds.has(instance)));
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

  /** Adds an annotation once, because Aspects run at every synth and annotations remain. */
  private annotate(where: IConstruct, how: 'addInfo' | 'addWarning', message: string): void {
    const key = `${where.node.path}\n${message}`;
    if (this.reported.has(key)) return;
    this.reported.add(key);
    this.framework.Annotations.of(where)[how](message);
  }

  private duplicates(): string[] {
    const groups = [...this.grouped(({ nicId }) => nicId)].filter(([, group]) => group.length > 1);
    return groups.map(([nicId, group]) => {
      const paths = group.map(({ construct }) => construct.node.path);
      return errors.attachedTwice(nicId, paths);
    });
  }

  private warnAboutLimits(): void {
    for (const [instanceId, group] of this.grouped((declaration) => declaration.instanceId)) {
      if (group.length <= MAX_NICS_PER_INSTANCE) continue;
      this.annotate(this.stack, 'addWarning', errors.tooManyAttachments(instanceId, group.length));
    }
  }

  /** Groups the attachments by `of`. Tokens are resolved. */
  private grouped(of: (declaration: AttachmentDeclaration) => string): Map<string, AttachmentDeclaration[]> {
    const groups = new Map<string, AttachmentDeclaration[]>();
    for (const declaration of this.declarations) {
      const key = this.resolved(of(declaration));
      const group = groups.get(key) ?? [];
      group.push(declaration);
      groups.set(key, group);
    }
    return groups;
  }

  private resolved(value: string): string {
    const { DefaultTokenResolver, StringConcat, Token, Tokenization } = this.framework;
    if (!Token.isUnresolved(value)) return value;
    const resolver = new DefaultTokenResolver(new StringConcat());
    return String(Tokenization.resolve(value, { scope: this.stack, resolver, preparing: false }));
  }
}

/** Guesses what an ID identifies; `undefined` for most IDs, because the API documents no format. */
function roleOf(id: string): IdRole | undefined {
  return (isLiteral(id) ? LITERAL_PATTERNS : REFERENCE_PATTERNS).find(([pattern]) => pattern.test(id))?.[1];
}

/** Whether it contains no Terraform expression. */
function isLiteral(id: string): boolean {
  return !id.includes('${');
}
