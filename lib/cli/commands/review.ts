import {
  readInventory,
  reviewHtml,
  reviewJson,
  reviewMarkdown,
  reviewOf,
  reviewSvg,
  reviewText,
} from '../../review';
import type { Review } from '../../review';
import { readPlan } from '../../terraform';
import type { Plan } from '../../terraform';
import { command } from '../command';
import type { Screen, Session } from '../command';
import { EXIT } from '../exit-codes';
import { readInput } from '../input';
import { choice, flag, required, text, withDefault } from '../options';
import { painter } from '../screen';
import { asUsage, withClient } from '../with-client';

const FORMATS = ['text', 'markdown', 'json', 'html', 'svg'] as const;

export const reviewCommand = command({
  name: 'review',
  summary: 'what a saved plan will do to attachments, and what could go wrong',
  description: [
    'Reads what "terraform show -json" writes of a saved plan, of either runner and either carrier, and tells what will ' +
      'happen to each attachment, in the order in which it will happen: attach, detach, move, replace, adopt, forget, ' +
      'clear (only the record goes), keep. The API is asked for names, regions and statuses, and for what stands in the way. Changes nothing.',
    'A change is risky if apply will or may fail, or if something that works now stops: the instance is not running, ' +
      'another instance holds the vNIC, an instance would hold more than 8, the vNIC is a primary one, the regions ' +
      'differ, public addresses lose their instance, nothing makes a detach happen before the attach that needs it.',
  ],
  args: {
    plan: required(
      text({ value: 'PLAN', help: 'a file with the plan as JSON, or - for stdin', complete: 'files' }),
    ),
  },
  options: {
    format: withDefault(choice('format', FORMATS, { help: 'how to show it' }), 'text'),
    offline: flag('the plan alone: ask the API nothing'),
    json: flag('the same as --format json'),
  },
  examples: [
    {
      what: 'Review a plan',
      run: 'terraform plan -out=plan.bin && terraform show -json plan.bin | zec-nic review -',
    },
    { what: 'A comment for a pull request', run: 'zec-nic review plan.json --format markdown > comment.md' },
    { what: 'A page to read in a browser', run: 'zec-nic review plan.json --format html > review.html' },
    {
      what: 'Stop a pipeline at what is risky, and go on with other changes',
      run: 'zec-nic review plan.json || [ $? -eq 10 ]',
    },
  ],
  exitCodes: {
    [EXIT.done]: 'nothing changes, and nothing is risky',
    [EXIT.changes]: 'changes, none of them risky',
    [EXIT.risky]: 'risky changes',
    [EXIT.failed]: 'the API could not be asked',
  },
  usesSettings: true,
  async run({ args, options: { format, offline, json } }, session) {
    const bytes = await readInput(args.plan, session.signal);
    const plan = asUsage(args.plan, () => readPlan(bytes));
    const review = reviewOf(plan, offline ? undefined : await inventoryOf(plan, session));
    session.out(shown(review, json ? 'json' : format, session.screen));
    return { none: EXIT.done, changes: EXIT.changes, risky: EXIT.risky }[review.verdict];
  },
});

function inventoryOf(plan: Plan, session: Session) {
  return withClient(session, 'Or use --offline, which reviews the plan alone.', (client) =>
    readInventory(
      client,
      plan.attachments.flatMap(({ before, after }) => [before, after]),
      { signal: session.signal },
    ),
  );
}

function shown(review: Review, format: (typeof FORMATS)[number], screen: Screen): string {
  switch (format) {
    case 'text':
      return reviewText(review, painter(screen));
    case 'markdown':
      return reviewMarkdown(review);
    case 'json':
      return `${reviewJson(review)}\n`;
    case 'html':
      return reviewHtml(review);
    case 'svg':
      return reviewSvg(review);
  }
}
