import { shellText } from '../drift';
import type { Drift } from '../drift';
import type { InstanceView, Review, Risk } from '../model';

// The formats of `schemas/review-1.json` and `schemas/drift-1.json`. Every member is always present.

/** Format versions. Adding a member does not change the version; every other change does. */
const REVIEW_VERSION = 1;
const DRIFT_VERSION = 1;

const NIC = ['id', 'label', 'name', 'status', 'region', 'publicIps', 'privateIps'] as const;
const INSTANCE = ['id', 'label', 'name', 'status', 'zone'] as const;
const RISK = ['level', 'code', 'text', 'advice'] as const;

export function reviewJson({ verdict, offline, terraformVersion, changes, risks }: Review): string {
  const instance = (each: InstanceView | undefined) => (each === undefined ? null : members(each, INSTANCE));
  const risk = (each: Risk) => members(each, RISK);
  return JSON.stringify({
    version: REVIEW_VERSION,
    verdict,
    offline,
    terraformVersion: terraformVersion ?? null,
    risks: risks.map(risk),
    changes: changes.map(({ kind, nic, from, to, runner, addresses, steps, ...change }) => ({
      kind,
      nic: members(nic, NIC),
      from: instance(from),
      to: instance(to),
      runner,
      addresses,
      steps,
      risks: change.risks.map(risk),
    })),
  });
}

export function driftJson({ drifted, attachments }: Drift): string {
  return JSON.stringify({
    version: DRIFT_VERSION,
    drifted,
    attachments: attachments.map(({ state, nic, instance, heldBy, runner, address, text, repair }) => ({
      state,
      nic: nic.id ?? null,
      nicStatus: nic.status ?? null,
      instance: instance.id ?? null,
      instanceStatus: instance.status ?? null,
      heldBy: heldBy?.id ?? null,
      runner,
      address,
      text,
      repair:
        repair === undefined
          ? null
          : {
              text: repair.text,
              commands: repair.commands.map((argv) => ({ argv, shell: shellText(argv) })),
            },
    })),
  });
}

/** Picks members in the given order. Undefined members become `null`. */
function members<T extends object>(value: T, names: readonly (keyof T & string)[]): object {
  return Object.fromEntries(names.map((name) => [name, value[name] ?? null]));
}
