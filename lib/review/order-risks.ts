import { isSamePair } from './grouping';
import type { Planned } from './grouping';
import type { Risk } from './model';
import type { Order } from './order';
import { note } from './risks';

/** What the order of a detach and an attach of the same vNIC does to it. */
export function orderRisks(from: Planned, to: Planned, order: Order): readonly Risk[] {
  if (order.precedes(from.operation, to.operation)) return [];
  const same = isSamePair(from.operation, to.operation);
  const byProvider = from.record.runner === 'provider' && to.record.runner === 'provider';
  // A process of the provider never detaches what it attached or adopted itself.
  if (same && byProvider) {
    return [
      note(
        'may-interrupt',
        'It ends attached. It may be cut off in between: Terraform orders the two in no way.',
      ),
    ];
  }
  if (order.precedes(to.operation, from.operation)) {
    return [
      {
        level: 'error',
        code: 'created-first',
        text: same
          ? 'The new one is created before the old one is destroyed, so the vNIC ends detached.'
          : 'The new one is created before the old one is destroyed, when the old instance still holds the vNIC: that fails.',
        advice: 'Remove create_before_destroy from what depends on the attachment.',
      },
    ];
  }
  return [
    {
      level: 'warning',
      code: 'order-not-sure',
      text: same
        ? 'Nothing makes Terraform detach the old one first: the vNIC may end detached.'
        : 'Nothing makes Terraform detach it from the old instance first, and attaching fails while that one holds it.',
      advice:
        'Let the new attachment depend on the old one’s runner, or do it in two applies: first the detach.',
    },
  ];
}
