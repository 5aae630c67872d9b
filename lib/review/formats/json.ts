import { shellText, type Drift } from '../drift';
import type { Review } from '../model';

// The formats of `schemas/review-1.json` and `schemas/drift-1.json`. Changes and risks have the members of the model.

/** Format versions. Adding a member does not change the version; every other change does. */
const REVIEW_VERSION = 1;
const DRIFT_VERSION = 1;

export function reviewJson({ verdict, offline, terraformVersion, changes, risks }: Review): string {
  return jsonOf({ version: REVIEW_VERSION, verdict, offline, terraformVersion, risks, changes });
}

export function driftJson({ drifted, attachments, unmanaged }: Drift): string {
  return jsonOf({
    version: DRIFT_VERSION,
    drifted,
    attachments: attachments.map(({ state, nic, instance, heldBy, runner, address, text, repair }) => ({
      state,
      nic: nic.id,
      nicStatus: nic.status,
      instance: instance.id,
      instanceStatus: instance.status,
      heldBy: heldBy?.id,
      runner,
      address,
      text,
      repair: repair && {
        text: repair.text,
        commands: repair.commands.map((argv) => ({ argv, shell: shellText(argv) })),
      },
    })),
    unmanaged: unmanaged.map(({ nic, instance }) => ({ nic: nic.id, instance: instance.id })),
  });
}

/** Every member is always present: one that is undefined becomes `null`. */
function jsonOf(document: object): string {
  return JSON.stringify(document, (_, member: unknown) => member ?? null);
}
