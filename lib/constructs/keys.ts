import { Token } from 'cdktf';
import { AttachmentDeclaration } from './attachment-runner';

/**
 * The key of an attachment in its blocks: the vNIC's id where that is plain, so that a renamed construct is no
 * change; else the construct's path, which holds a "/" and so is never an id.
 */
export function keyOf({ nicId, construct }: AttachmentDeclaration): string {
  return Token.isUnresolved(nicId) ? escapedPath(construct.node.path) : nicId;
}

/** A construct's path in ASCII, with nothing that Terraform's strings and templates could take for more than itself. */
export function escapedPath(path: string): string {
  return path.replace(
    /[^A-Za-z0-9_./ :@+=,-]/gu,
    (character) => `%${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
}
