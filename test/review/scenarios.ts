import type { TerraformStack } from 'cdktf';
import { NicAttachment, ProviderRunner } from '../../lib';
import type { InitialWorld } from '../e2e/deployment';

/** A fleet of instances with `perInstance` attachments each: `nic-<instance>-<n>` at `ins-<instance>`. */
export function fleet(count: number, perInstance: number): InitialWorld {
  const names = Array.from({ length: count }, (_, index) => String(index + 1).padStart(2, '0'));
  return {
    instances: names.map((name) => ({ instanceId: `ins-${name}`, instanceName: `worker ${name}` })),
    nics: names.flatMap((name) =>
      Array.from({ length: perInstance }, (_, index) => ({
        nicId: `nic-${name}-${index + 1}`,
        name: `data ${index + 1}`,
        instanceId: `ins-${name}`,
      })),
    ),
    settings: { attachMs: [0, 0], detachMs: [0, 0] },
  };
}

/** Declares attachments by the provider runner, each as `[vNIC, instance]`. */
export function declareAll(pairs: readonly (readonly [nic: string, instance: string])[]) {
  return (stack: TerraformStack): void => {
    ProviderRunner.of(stack);
    for (const [nicId, instanceId] of pairs) new NicAttachment(stack, nicId, { nicId, instanceId });
  };
}

/** Every attachment that the world of a fleet has. */
export function pairsOf({ nics }: InitialWorld): readonly (readonly [string, string])[] {
  return nics.flatMap(({ nicId, instanceId }) =>
    instanceId === undefined ? [] : [[nicId, instanceId] as const],
  );
}
