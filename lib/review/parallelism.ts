import type { Plan } from '../terraform';
import type { Risk } from './model';
import { note } from './risks';

/** Terraform's own default. */
const DEFAULT_PARALLELISM = 10;
const HIGH_PARALLELISM = 100;
/** Assumed: the API takes about 3 s, and the rest is requests. */
const ATTACH_SECONDS = 4;

/** How long creates that wait for the cloud take when there are more of them than Terraform runs at a time. */
export function parallelismRisks({ attachments }: Plan): readonly Risk[] {
  const { length: count } = attachments.filter(
    ({ runner, attach, together }) => runner === 'provider' && attach !== undefined && !together,
  );
  if (count <= DEFAULT_PARALLELISM) return [];
  const [now, high] = [DEFAULT_PARALLELISM, HIGH_PARALLELISM].map((parallelism) => {
    const rounds = Math.ceil(count / parallelism);
    return `${rounds} ${rounds === 1 ? 'round' : 'rounds'}, about ${rounds * ATTACH_SECONDS} s`;
  });
  return [
    note(
      'parallelism',
      `Terraform creates ${DEFAULT_PARALLELISM} of ${count} attachments at a time unless told otherwise: ${now ?? ''}, assuming ` +
        `${ATTACH_SECONDS} s for one.`,
      `With -parallelism=${HIGH_PARALLELISM} (cdktf deploy --terraform-parallelism ${HIGH_PARALLELISM}): ${high ?? ''}. ` +
        'With Convergence.TOGETHER: about the time of one.',
    ),
  ];
}
