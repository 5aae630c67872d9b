import { ENTRY, ENV, ID_PATTERN } from '../contract';
import { AttachmentDeclaration } from './attachment-runner';

/** Linux limits one environment variable to 128 KiB. */
const MAX_PART_BYTES = 90_000;
/** A longer ID is truncated to one character more than the maximum of 128, so that the handler rejects it. */
const MAX_ID_LENGTH = 129;
/** Maximum size of an entry without its path: two IDs, names, punctuation and the longest timeout. */
const ENTRY_BYTES = 2 * MAX_ID_LENGTH + 120;

/**
 * The `for_each` key of an attachment: the vNIC ID if it is a literal, so that renaming the construct changes nothing;
 * otherwise the construct's path, which contains a "/" and so is never an ID.
 */
export function keyOf({ nicId, construct }: AttachmentDeclaration): string {
  return ID_PATTERN.test(nicId) ? nicId : escapedPath(construct.node.path);
}

/** A construct's path in ASCII, escaped so that Terraform does not interpret any part of it. */
function escapedPath(path: string): string {
  return path.replace(
    /[^A-Za-z0-9_./ :@+=,-]/gu,
    (character) => `%${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
}

/** The attachments of a runner by `for_each` key. */
export function entriesOf(declarations: readonly AttachmentDeclaration[]) {
  return Object.fromEntries(
    declarations.map((declaration) => [
      keyOf(declaration),
      {
        [ENTRY.nicId]: declaration.nicId,
        [ENTRY.instanceId]: declaration.instanceId,
        [ENTRY.timeout]: declaration.createTimeout,
        [ENTRY.construct]: escapedPath(declaration.construct.node.path),
      },
    ]),
  );
}

/**
 * The environment variables with the entries of `local`, in parts of bounded size. There is at least one part.
 * @param local a reference to the result of {@link entriesOf}
 */
export function attachmentParts(
  declarations: readonly AttachmentDeclaration[],
  local: string,
): Record<string, string> {
  const total = declarations.length;
  const longestPath = declarations.reduce(
    (longest, { construct }) => Math.max(longest, escapedPath(construct.node.path).length),
    0,
  );
  const perPart = Math.max(1, Math.floor(MAX_PART_BYTES / (ENTRY_BYTES + longestPath)));
  const ids = [ENTRY.nicId, ENTRY.instanceId].map(
    (name) => `${name} = substr(it.${name}, 0, ${MAX_ID_LENGTH})`,
  );
  return Object.fromEntries(
    Array.from({ length: Math.max(1, Math.ceil(total / perPart)) }, (_, index) => {
      const range = `${index * perPart}, ${Math.min(total, (index + 1) * perPart)}`;
      const entries = `for it in slice(values(${local}), ${range}) : merge(it, { ${ids.join(', ')} })`;
      return [`${ENV.attachments}_${index + 1}`, `\${jsonencode([${entries}])}`];
    }),
  );
}
