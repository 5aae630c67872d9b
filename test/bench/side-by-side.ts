import { join } from 'node:path';
import type { TerraformStack } from 'cdktf';
import { Carrier, Convergence, LocalExecRunner, NicAttachment, ProviderRunner } from '../../lib';
import type { AttachmentRunner } from '../../lib';
import { Deployment } from '../e2e/deployment';
import { bundleProvider, mirrorProvider } from '../support/bundle-provider';
import { scenario } from './scenario';
import type { Metric, Scenario } from './scenario';
import { attachmentsOf, TimedStack, writeVendorStack } from './timed-stack';
import type { StackFigure } from './timed-stack';

/** The duration of a round trip to the API, and of an attach or detach, in milliseconds. */
const ROUND_TRIP_MS = 80;
const CHANGE_MS = 3_000;
const VENDOR = 'registry.terraform.io/zenlayer/zenlayercloud';
const VENDOR_VERSION = '0.2.28';

interface Goals {
  readonly create: Omit<Metric, 'unit'>;
  readonly destroy: Omit<Metric, 'unit'>;
  readonly createRequests?: number;
}

interface Manner {
  readonly runner: (stack: TerraformStack) => AttachmentRunner;
  /** By the number of attachments. */
  readonly goals: Readonly<Record<number, Goals>>;
}

/** The time for rounds of ten, each as long as one attach or detach, plus a small overhead. */
const rounds = (count: number, moreS: number) => ({ goalMost: (count * CHANGE_MS) / 1000 + moreS });

const destroy = { 1: { goalMore: 0.7 }, 20: rounds(2, 1), 100: rounds(10, 2) };
/** One wait for all attachments together. */
const together = {
  1: { create: { goalMore: 0.7 }, destroy: destroy[1] },
  20: { create: { goalMore: 0.8 }, destroy: destroy[20] },
  100: { create: { goalMore: 1.5 }, destroy: destroy[100], createRequests: 140 },
};
/** Terraform waits for each attachment, ten at a time. */
const each = {
  1: { create: { goalMore: 0.7 }, destroy: destroy[1] },
  20: { create: rounds(2, 1), destroy: destroy[20] },
  100: { create: rounds(10, 2), destroy: destroy[100] },
};

/** The ways to declare attachments. Each is compared at every size. */
const MANNERS: Readonly<Record<string, Manner>> = {
  'local-exec': {
    runner: (stack) => new LocalExecRunner(stack, 'zec', { carrier: Carrier.TERRAFORM_DATA }),
    goals: together,
  },
  'provider TOGETHER': {
    runner: (stack) => new ProviderRunner(stack, 'zec', { convergence: Convergence.TOGETHER }),
    goals: together,
  },
  'provider EACH': { runner: (stack) => new ProviderRunner(stack, 'zec'), goals: each },
};

function metricsOf({ create, destroy, createRequests }: Goals): Record<StackFigure, Metric> {
  const requests = { unit: 'requests' };
  return {
    create: { unit: 's', ...create },
    'create, all': createRequests === undefined ? requests : { ...requests, goalMost: createRequests },
    'create, attach': requests,
    'create, vNIC reads': requests,
    'create, instance reads': requests,
    destroy: { unit: 's', ...destroy },
    'destroy, all': requests,
    'destroy, detach': requests,
    'destroy, vNIC reads': requests,
    'destroy, instance reads': requests,
  };
}

/** Whole `terraform apply` and `terraform destroy`, from the start of Terraform to its exit. */
function sideBySide(name: string, { runner }: Manner, count: number, goals: Goals): Scenario {
  return scenario<StackFigure>({
    name: `side by side: ${count}, ${name}`,
    against: 'no wait: until the cloud agrees',
    metrics: metricsOf(goals),
    runs: 3,
    slow: true,
    prepare: async () => {
      const ids = attachmentsOf(count);
      const entry = join(__dirname, '../support/vendor-provider/main.ts');
      const vendor = bundleProvider(entry, `terraform-provider-zenlayercloud_v${VENDOR_VERSION}`);
      const range = [CHANGE_MS, CHANGE_MS];
      const deployment = await Deployment.start(
        {
          instances: [...new Set(ids.map(({ instanceId }) => instanceId))].map((instanceId) => ({
            instanceId,
          })),
          nics: ids.map(({ nicId }) => ({ nicId })),
          settings: { attachMs: range, detachMs: range, latencyMs: ROUND_TRIP_MS, rateLimitPerSecond: 0 },
        },
        {},
        (directory) => mirrorProvider(directory, VENDOR, VENDOR_VERSION, vendor.file),
      );
      deployment.synth((stack) => {
        const shared = runner(stack);
        for (const each of ids) new NicAttachment(stack, each.nicId, { ...each, runner: shared });
      });
      await deployment.initialize();
      const baseline = deployment.at(deployment.subfolder('vendor'));
      writeVendorStack(baseline.directory, VENDOR, VENDOR_VERSION, ids);
      await baseline.initialize();
      return {
        baseline: () => new TimedStack(baseline, 'cloud agrees').applyAndDestroy(),
        subject: () => new TimedStack(deployment, 'terraform ends').applyAndDestroy(),
        close: async () => {
          await deployment.close();
          vendor.remove();
        },
      };
    },
  });
}

export const SIDE_BY_SIDE: readonly Scenario[] = Object.entries(MANNERS).flatMap(([name, manner]) =>
  Object.entries(manner.goals).map(([count, goals]) => sideBySide(name, manner, Number(count), goals)),
);
