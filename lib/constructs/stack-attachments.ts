import {
  Annotations,
  Aspects,
  DefaultTokenResolver,
  StringConcat,
  TerraformStack,
  Token,
  Tokenization,
} from 'cdktf';
import { IConstruct } from 'constructs';
import { ID_PATTERN, MAX_NICS_PER_INSTANCE } from '../contract';
import { AttachmentDeclaration, AttachmentRunner } from './attachment-runner';
import { orderConsumers } from './dependencies';
import { attachedTwice, idOfWrongShape, looksSwapped, tooMany, unusedRunner } from './errors';

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

const STACKS = new WeakMap<TerraformStack, StackAttachments>();

/** All attachments of one stack, whatever runner each has: what must hold among them is checked here. */
export class StackAttachments {
  public static of(stack: TerraformStack): StackAttachments {
    const known = STACKS.get(stack) ?? new StackAttachments(stack);
    STACKS.set(stack, known);
    return known;
  }

  private readonly runners: AttachmentRunner[] = [];
  private readonly reported = new Set<string>();
  private readonly used = new Set<AttachmentRunner>();
  private readonly declarations: AttachmentDeclaration[] = [];

  private constructor(private readonly stack: TerraformStack) {
    stack.node.addValidation({ validate: () => [...this.wrongShapes(), ...this.duplicates()] });
    Aspects.of(stack).add({
      visit: (node) => {
        if (node !== stack) return;
        orderConsumers(stack);
        this.warnAboutLimits();
        this.warnAboutSwappedIds();
        this.tellOfUnusedRunners();
      },
    });
  }

  /** The runner that serves the attachments which name none: the first one built. */
  public get defaultRunner(): AttachmentRunner | undefined {
    return this.runners[0];
  }

  /** Every runner tells of itself. @returns whether it is the default */
  public register(runner: AttachmentRunner): boolean {
    this.runners.push(runner);
    return this.runners.length === 1;
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
        .filter(([, value]) => isPlain(value) && !ID_PATTERN.test(value))
        .map(([prop, value]) => idOfWrongShape(construct.node.path, prop, value)),
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

  /** Aspects run at every synth, and an annotation stays: what was said once is not said again. */
  private tell(where: IConstruct, level: 'info' | 'warning', message: string): void {
    const key = `${where.node.path}\n${message}`;
    if (this.reported.has(key)) return;
    this.reported.add(key);
    if (level === 'info') Annotations.of(where).addInfo(message);
    else Annotations.of(where).addWarning(message);
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
