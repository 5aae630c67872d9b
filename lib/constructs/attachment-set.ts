import { ENTRY, ENV, ID_PATTERN } from '../contract';
import { AttachmentDeclaration } from './attachment-runner';

/** Linux limits one environment variable to 128 KiB. */
const MAX_PART_BYTES = 90_000;
/** Maximum length of an ID. A longer one is truncated to one character more, so that the handler rejects it. */
const MAX_ID_LENGTH = 128;
/** Size of an entry without its IDs and path: names, punctuation and the longest timeout. */
const OVERHEAD_BYTES = 120;

export type SetEntry = Readonly<Record<string, string>>;

/**
 * The `for_each` key of an attachment: the vNIC ID if it is a literal, so that renaming the construct changes nothing;
 * otherwise the construct's path, which contains a "/" and so is never an ID.
 */
export function keyOf({ nicId, construct }: AttachmentDeclaration): string {
  return ID_PATTERN.test(nicId) ? nicId : escapedPath(construct.node.path);
}

/** A construct's path in ASCII, escaped so that Terraform does not interpret any part of it. */
export function escapedPath(path: string): string {
  return path.replace(
    /[^A-Za-z0-9_./ :@+=,-]/gu,
    (character) => `%${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
}

/** The attachments of a runner by `for_each` key. */
export function entriesOf(declarations: readonly AttachmentDeclaration[]): Record<string, SetEntry> {
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
  // Terraform orders the values of a map by key, and the keys are ASCII.
  const sorted = declarations
    .map((declaration) => ({ key: keyOf(declaration), size: largestSize(declaration) }))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
  const starts = [0];
  let bytes = 0;
  for (const [index, { size }] of sorted.entries()) {
    if (bytes + size > MAX_PART_BYTES) {
      starts.push(index);
      bytes = 0;
    }
    bytes += size;
  }
  return Object.fromEntries(
    starts.map((from, index) => [
      `${ENV.attachments}_${index + 1}`,
      `\${jsonencode([for it in slice(values(${local}), ${from}, ${starts[index + 1] ?? sorted.length}) : merge(it, { ${truncated(ENTRY.nicId)}, ${truncated(ENTRY.instanceId)} })])}`,
    ]),
  );
}

function truncated(name: string): string {
  return `${name} = substr(it.${name}, 0, ${MAX_ID_LENGTH + 1})`;
}

function largestSize({ nicId, instanceId, construct }: AttachmentDeclaration): number {
  const id = (value: string) => (ID_PATTERN.test(value) ? value.length : MAX_ID_LENGTH + 1);
  return OVERHEAD_BYTES + id(nicId) + id(instanceId) + escapedPath(construct.node.path).length;
}
