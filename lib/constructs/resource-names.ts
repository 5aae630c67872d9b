import { Construct, IConstruct } from 'constructs';
import { ID_PATTERN, PROVIDER } from '../contract';
import { errorAt, movedTwice } from './errors';
import { stackOf } from './framework';

/** A Terraform resource name begins with a letter or `_`; a vNIC ID or the ID of a construct may begin with a digit. */
const named = (id: string) => (/^\d/.test(id) ? `nic_${id}` : id);
/** The name for the resource of a construct, from its path. */
export const nameOfPath = (construct: IConstruct) => named(stackOf(construct).getLogicalId(construct.node));
const address = (name: string) => `${PROVIDER.nicAttachment}.${name}`;
/** The address of a `zec_nic_attachment`, in any module. */
const SAME_TYPE = new RegExp(`^(?:module\\.[\\w-]+(?:\\[[^\\]]*\\])?\\.)*${PROVIDER.nicAttachment}\\.`);

/**
 * The names of a stack's `zec_nic_attachment` resources: the vNIC ID if it is a literal, so that renaming the construct
 * changes nothing; otherwise a name derived from the construct's path.
 */
export class ResourceNames {
  /** Whether the state of another resource type is moved to an attachment. */
  public movesBetweenTypes = false;
  private readonly taken = new Set<string>();
  /** How many attachments have a path with this name. */
  private readonly paths = new Map<string, number>();

  /** Names the resource of an attachment. */
  public add(construct: Construct, nicId: string) {
    const ofPath = nameOfPath(construct);
    this.paths.set(ofPath, (this.paths.get(ofPath) ?? 0) + 1);
    const ofNic = ID_PATTERN.test(nicId) ? [named(nicId)] : [];
    const unique = `${ofPath}_${construct.node.addr.slice(-8)}`;
    const current = [...ofNic, ofPath].find((name) => !this.taken.has(name)) ?? unique;
    this.taken.add(current);
    let source: string | undefined;
    return {
      current,
      /** Moves the state of another resource to it. @throws Error if one is moved already */
      moveFrom: (other: string): void => {
        if (source !== undefined) throw errorAt(construct, movedTwice(source, other));
        source = other;
        if (!SAME_TYPE.test(other)) this.movesBetweenTypes = true;
      },
      /** The address whose state is moved to it, if any. Only complete when all attachments are declared. */
      source: (): string | undefined => {
        if (source !== undefined && source !== address(current)) return source;
        // The ID of the vNIC may have been a reference before.
        return this.taken.has(ofPath) || this.paths.get(ofPath) !== 1 ? undefined : address(ofPath);
      },
    };
  }
}
