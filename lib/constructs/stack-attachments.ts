import type { TerraformStack } from 'cdktf';
import { IConstruct } from 'constructs';
import { CONTEXT, ID_PATTERN, MAX_NICS_PER_INSTANCE } from '../contract';
import { AttachmentDeclaration, AttachmentRunner } from './attachment-runner';
import { orderConsumers } from './dependencies';
import {
  attachedTwice,
  idOfIterator,
  idOfWrongShape,
  looksSwapped,
  madeByTwoCopies,
  secondCopy,
  tooMany,
  unusedContext,
  unusedRunner,
} from './errors';
import { Framework, frameworkOf, madeByAnotherCopy, OWN_PACKAGE, stackOf } from './framework';

/** What an id is of, as far as its text tells. */
type IdRole = 'vNIC' | 'instance';

const PLAIN: readonly (readonly [RegExp, IdRole])[] = [
  [/^(?:v?nic|eni)[-_]/i, 'vNIC'],
  [/^(?:ins|instance|vm)[-_]/i, 'instance'],
];
// A whole reference to a thing's own id: "zenlayercloud_zec_instance.web.id", and not one of its other attributes,
// which may well be ids of something else.
const REFERENCES: readonly (readonly [RegExp, IdRole])[] = [
  [/^\$\{(?:data\.)?\w*zec_v?nic\.[^.]+\.(?:id|nic_id|vnic_id)\}$/, 'vNIC'],
  [/^\$\{(?:data\.)?\w*zec_instance\.[^.]+\.(?:id|instance_id)\}$/, 'instance'],
];

/** What has a value only within a block that has `for_each` or `count`. */
const ITERATOR = /\$\{[^}]*\b(?:each\.(?:key|value)|count\.index)\b/;

/** Where a stack keeps its attachments: there, every copy of this package finds them. */
const ATTACHMENTS = Symbol.for('cdktf-zenlayer-zec/attachments');

/** All attachments of one stack, whatever runner each has: what must hold among them is checked here. */
export class StackAttachments {
  /** @throws Error if another copy of this package has put attachments or runners into the stack */
  public static of(scope: IConstruct): StackAttachments {
    const stack = stackOf(scope) as TerraformStack & { [ATTACHMENTS]?: { readonly owner: string } };
    const known = stack[ATTACHMENTS] ?? new StackAttachments(stack, frameworkOf(scope));
    if (!(known instanceof StackAttachments)) throw secondCopy(scope, [known.owner, OWN_PACKAGE]);
    stack[ATTACHMENTS] = known;
    return known;
  }

  /** The copy of this package whose it is. */
  public readonly owner = OWN_PACKAGE;
  /** In the order in which they were built. */
  public readonly runners: AttachmentRunner[] = [];
  private readonly reported = new Set<string>();
  private readonly used = new Set<AttachmentRunner>();
  private readonly declarations: AttachmentDeclaration[] = [];

  private constructor(
    private readonly stack: TerraformStack,
    private readonly framework: Framework,
  ) {
    stack.node.addValidation({ validate: () => [...this.wrongShapes(), ...this.duplicates()] });
    this.atSynth(() => {
      orderConsumers(stack);
      this.warnAboutLimits();
      this.warnAboutSwappedIds();
      this.tellOfUnusedRunners();
      this.warnAboutContext();
      this.warnAboutCopies();
    });
  }

  /** The runner that serves the attachments which name none: the first one built. */
  public get defaultRunner(): AttachmentRunner | undefined {
    return this.runners[0];
  }

  /** Carries out `action` at every synth of the stack, when all constructs are there. */
  public atSynth(action: () => void): void {
    this.framework.Aspects.of(this.stack).add({
      visit: (node) => {
        if (node === this.stack) action();
      },
    });
  }

  public add(declaration: AttachmentDeclaration, runner: AttachmentRunner): void {
    this.declarations.push(declaration);
    this.used.add(runner);
  }

  /** A plain id is checked where it is declared; these are the ones that only synth knows. */
  private wrongShapes(): string[] {
    return this.declarations.flatMap(({ construct, nicId, instanceId }) =>
      Object.entries({ nicId, instanceId })
        .map(([prop, value]) => [prop, this.resolved(value)] as const)
        .flatMap(([prop, value]) => {
          if (ITERATOR.test(value)) return [idOfIterator(construct.node.path, prop, value)];
          if (!isPlain(value) || ID_PATTERN.test(value)) return [];
          return [idOfWrongShape(construct.node.path, prop, value)];
        }),
    );
  }

  private warnAboutSwappedIds(): void {
    const nicIds = new Set(this.declarations.map(({ nicId }) => this.resolved(nicId)));
    const instanceIds = new Set(this.declarations.map(({ instanceId }) => this.resolved(instanceId)));
    for (const { construct, nicId, instanceId } of this.declarations) {
      const nic = this.resolved(nicId);
      const instance = this.resolved(instanceId);
      if (roleOf(nic) === 'instance' || instanceIds.has(nic)) {
        this.tell(construct, 'warning', looksSwapped('nicId', nic, instanceIds.has(nic)));
      }
      if (roleOf(instance) === 'vNIC' || nicIds.has(instance)) {
        this.tell(construct, 'warning', looksSwapped('instanceId', instance, nicIds.has(instance)));
      }
    }
  }

  /**
   * A runner that was built beside the one in use was probably meant to be passed to an attachment. Any other may be
   * there to carry out the last removals, which is right: that is information, and no warning.
   */
  private tellOfUnusedRunners(): void {
    const inUse = this.runners.find((runner) => this.used.has(runner));
    for (const runner of this.runners.filter((each) => !this.used.has(each))) {
      if (inUse === undefined || runner === this.defaultRunner) {
        this.tell(runner, 'info', unusedRunner(undefined));
      } else {
        this.tell(runner, 'warning', unusedRunner(inUse.node.path));
      }
    }
  }

  private warnAboutContext(): void {
    const known: readonly string[] = Object.values(CONTEXT);
    const context = this.stack.node.getAllContext() as Readonly<Record<string, unknown>>;
    for (const key of Object.keys(context)) {
      if (key.startsWith('zec:') && !known.includes(key))
        this.tell(this.stack, 'warning', unusedContext(key, known));
    }
  }

  private warnAboutCopies(): void {
    const other = madeByAnotherCopy(this.stack);
    if (other === undefined) return;
    this.tell(this.stack, 'warning', madeByTwoCopies(other.construct.node.path, other.packages));
  }

  /** Aspects run at every synth, and an annotation stays: what was said once is not said again. */
  private tell(where: IConstruct, level: 'info' | 'warning', message: string): void {
    const key = `${where.node.path}\n${message}`;
    if (this.reported.has(key)) return;
    this.reported.add(key);
    const annotations = this.framework.Annotations.of(where);
    if (level === 'info') annotations.addInfo(message);
    else annotations.addWarning(message);
  }

  private duplicates(): string[] {
    return [...this.grouped(({ nicId }) => nicId)].flatMap(([nicId, group]) =>
      group.length === 1
        ? []
        : [
            attachedTwice(
              nicId,
              group.map(({ construct }) => construct.node.path),
            ),
          ],
    );
  }

  private warnAboutLimits(): void {
    for (const [instanceId, group] of this.grouped((declaration) => declaration.instanceId)) {
      if (group.length <= MAX_NICS_PER_INSTANCE) continue;
      this.tell(this.stack, 'warning', tooMany(instanceId, group.length, MAX_NICS_PER_INSTANCE));
    }
  }

  /** The attachments by what `of` tells, tokens by what they resolve to. */
  private grouped(of: (declaration: AttachmentDeclaration) => string): Map<string, AttachmentDeclaration[]> {
    const groups = new Map<string, AttachmentDeclaration[]>();
    for (const declaration of this.declarations) {
      const key = this.resolved(of(declaration));
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [declaration]);
      else group.push(declaration);
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

/** The role that an id plainly has; `undefined` for most, because the API documents no shape. */
function roleOf(id: string): IdRole | undefined {
  return (isPlain(id) ? PLAIN : REFERENCES).find(([pattern]) => pattern.test(id))?.[1];
}

/** Whether nothing in it is left for Terraform to resolve. */
function isPlain(id: string): boolean {
  return !id.includes('${');
}
