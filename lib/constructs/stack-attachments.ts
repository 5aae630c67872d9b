import {
  Annotations,
  Aspects,
  DefaultTokenResolver,
  StringConcat,
  TerraformStack,
  Token,
  Tokenization,
} from 'cdktf';
import { AttachmentDeclaration, AttachmentRunner } from './attachment-runner';
import { orderConsumers } from './dependencies';
import { attachedTwice, tooMany } from './errors';

const MAX_NICS_PER_INSTANCE = 8;
const STACKS = new WeakMap<TerraformStack, StackAttachments>();

/** All attachments of one stack, whatever runner each has: what must hold among them is checked here. */
export class StackAttachments {
  public static of(stack: TerraformStack): StackAttachments {
    const known = STACKS.get(stack) ?? new StackAttachments(stack);
    STACKS.set(stack, known);
    return known;
  }

  /** The runner that serves the attachments which name none. */
  public defaultRunner: AttachmentRunner | undefined;
  private readonly declarations: AttachmentDeclaration[] = [];

  private constructor(private readonly stack: TerraformStack) {
    stack.node.addValidation({ validate: () => this.duplicates() });
    Aspects.of(stack).add({
      visit: (node) => {
        if (node !== stack) return;
        orderConsumers(stack);
        this.warnAboutLimits();
      },
    });
  }

  public add(declaration: AttachmentDeclaration): void {
    this.declarations.push(declaration);
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
      Annotations.of(this.stack).addWarning(tooMany(instanceId, group.length, MAX_NICS_PER_INSTANCE));
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
