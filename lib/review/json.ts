import type { Change, Review, Risk, ShownInstance, ShownNic } from './model';

/** The version of the form below. What is added leaves it as it is; anything else raises it. */
export const REVIEW_VERSION = 1;

/** The review for machines: the form that `schemas/review-1.json` describes. Every member is always there. */
export function reviewJson(review: Review): string {
  const { verdict, offline, terraformVersion, changes, risks } = review;
  return JSON.stringify({
    version: REVIEW_VERSION,
    verdict,
    offline,
    terraformVersion: terraformVersion ?? null,
    risks: risks.map(riskJson),
    changes: changes.map(changeJson),
  });
}

function changeJson({ kind, nic, from, to, runner, addresses, steps, risks }: Change): object {
  return {
    kind,
    nic: nicJson(nic),
    from: from === undefined ? null : instanceJson(from),
    to: to === undefined ? null : instanceJson(to),
    runner,
    addresses,
    steps,
    risks: risks.map(riskJson),
  };
}

function nicJson({ id, label, name, status, region, publicIps, privateIps }: ShownNic): object {
  return {
    id: id ?? null,
    label,
    name: name ?? null,
    status: status ?? null,
    region: region ?? null,
    publicIps,
    privateIps,
  };
}

function instanceJson({ id, label, name, status, zone }: ShownInstance): object {
  return { id: id ?? null, label, name: name ?? null, status: status ?? null, zone: zone ?? null };
}

export function riskJson({ level, code, text, advice }: Risk): object {
  return { level, code, text, advice: advice ?? null };
}
