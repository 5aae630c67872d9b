import type { View } from '../handler';
import type { RecordedAttachment } from '../terraform';
import type { DriftState } from './drift';

/** Where the commands that repair are run. */
export interface Where {
  /** The program: `terraform`, or what stands for it. */
  readonly terraform: string;
  /** The stack's folder; `undefined`: the command is run in it. */
  readonly directory: string | undefined;
}

/** One command as a list of words, which needs no shell. */
export type Argv = readonly string[];

/** How to bring cloud and record together again. */
export interface Repair {
  /** One sentence, for a person who decides. */
  readonly text: string;
  /** To be run one after the other. */
  readonly commands: readonly Argv[];
}

/** How to repair what became of an attachment; `undefined` where nothing is to be done. */
export function repairOf(
  state: DriftState,
  record: RecordedAttachment,
  view: View | undefined,
  where: Where,
): Repair | undefined {
  if (/[\p{Cc}\p{Cf}]/u.test(record.address)) {
    return state === 'in-sync'
      ? undefined
      : { text: 'No command can be shown: its address holds control characters.', commands: [] };
  }
  const attachAgain = [apply(record, where, record.runner === 'local-exec' && !record.deposed)];
  switch (state) {
    case 'in-sync':
      return undefined;
    case 'detached':
      return { text: 'This attaches it again.', commands: attachAgain };
    case 'moved':
      return {
        text: 'What holds it now is left alone by an apply. If it is to come back, this detaches it there and attaches it again; else change the declaration.',
        commands: [
          ['zec-nic', 'delete', '--nic-id', view?.target.nicId ?? '', '--instance-id', view?.ownerId ?? ''],
          ...attachAgain,
        ],
      };
    case 'nic-gone':
    case 'instance-gone':
      return {
        text: 'Nothing can attach it again. Remove the declaration or change it, then this takes it off record.',
        commands: [apply(record, where, false)],
      };
    case 'tainted':
    case 'unfinished':
      return {
        text: 'This finishes it: what is attached already is adopted.',
        commands: [apply(record, where, false)],
      };
    case 'changing':
      return {
        text: 'Wait until it has settled, then look again.',
        commands: [
          [
            'zec-nic',
            'read',
            '--nic-id',
            view?.target.nicId ?? '',
            '--instance-id',
            view?.target.instanceId ?? '',
          ],
        ],
      };
    case 'unchecked':
      return { text: 'A plan of the provider runner shows it, or a look at the cloud.', commands: [] };
  }
}

/**
 * An apply. Only a replacement makes the local-exec runner look again; the provider runner finds by itself what is
 * missing.
 */
function apply({ address }: RecordedAttachment, { terraform, directory }: Where, replace: boolean): Argv {
  return [
    terraform,
    ...(directory === undefined ? [] : [`-chdir=${directory}`]),
    'apply',
    ...(replace ? [`-replace=${address}`] : []),
  ];
}

/** A command as a person types it into sh, bash, zsh or fish. */
export function shellText(argv: Argv): string {
  return argv.map((word) => shellWord(word)).join(' ');
}

function shellWord(word: string): string {
  return /^[A-Za-z0-9_./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
