import * as reports from '../../review';
import { readPlan, readState, TerraformJsonError, type State } from '../../terraform';
import { withConnection } from '../../zec/client';
import { ZecError } from '../../zec/errors';
import { SettingsError } from '../../zec/settings';
import { EXIT, orUsageError, UsageError, type ExitCode } from '../errors';
import { inputName, readInput, showState, stackDirectory, terraformProgram } from '../input';
import type { Session } from '../session';

interface ReviewOptions {
  readonly format: 'text' | 'markdown' | 'json' | 'html' | 'svg';
  readonly offline?: boolean;
}

/** @throws UsageError, SettingsError, ZecError */
export async function review(session: Session, options: ReviewOptions, path: string): Promise<ExitCode> {
  const bytes = await readInput(path, session.signal);
  const plan = orUsageError(TerraformJsonError, () => readPlan(bytes), `${inputName(path)}: `);
  const endpoints = plan.attachments.flatMap(({ before, after }) => [before, after]);
  const inventory = options.offline === true ? undefined : await readInventory(session, endpoints);
  const report = reports.reviewOf(plan, inventory);
  const formats = {
    text: () => reports.reviewText(report, session.screen.paint),
    markdown: () => reports.reviewMarkdown(report),
    json: () => `${reports.reviewJson(report)}\n`,
    html: () => reports.reviewHtml(report),
    svg: () => reports.reviewSvg(report),
  };
  session.out(formats[options.format]());
  return { none: EXIT.done, changes: EXIT.changes, risky: EXIT.risky }[report.verdict];
}

interface DriftOptions {
  readonly stack?: string;
  readonly format: 'text' | 'markdown' | 'json';
}

/** @throws UsageError, SettingsError, ZecError */
export async function drift(session: Session, options: DriftOptions, path?: string): Promise<ExitCode> {
  const { stack, format } = options;
  if ((path === undefined) === (stack === undefined)) {
    throw new UsageError('drift requires either STATE (a file or -) or --stack STACK');
  }
  const directory = stack === undefined ? undefined : stackDirectory(stack);
  const state = await readStateOf(session, { path, directory });
  const { inventory, others } = await withConnection(session.settings(), async ({ api }) => {
    const options = { signal: session.signal };
    const endpoints = state.attachments.map((each) => each.endpoints);
    const found = await reports.readInventory(api, endpoints, options);
    return { inventory: found, others: await reports.readUnmanaged(api, state, found, options) };
  });
  const terraform = [terraformProgram(session), ...(directory === undefined ? [] : [`-chdir=${directory}`])];
  // npm runs commands of packages that are not on the user's PATH.
  const zecNic = session.env.npm_command === undefined ? ['zec-nic'] : ['npx', 'zec-nic'];
  const report = reports.driftOf(state.attachments, inventory, others, { terraform, zecNic });
  const formats = {
    text: () => reports.driftText(report, session.screen.paint),
    markdown: () => reports.driftMarkdown(report),
    json: () => `${reports.driftJson(report)}\n`,
  };
  session.out(formats[format]());
  return report.drifted ? EXIT.drifted : EXIT.done;
}

/** The state in a file, in stdin, or of the stack in a directory. @throws UsageError */
export async function readStateOf(
  session: Session,
  { path = '-', directory }: { readonly path?: string | undefined; readonly directory?: string | undefined },
): Promise<State> {
  const bytes =
    directory === undefined ? await readInput(path, session.signal) : await showState(session, directory);
  const prefix = `${inputName(directory ?? path)}: `;
  return orUsageError(TerraformJsonError, () => readState(bytes), prefix);
}

/** Reads the state of the attachments in a plan from the API. */
async function readInventory(session: Session, endpoints: Parameters<typeof reports.readInventory>[1]) {
  try {
    return await withConnection(session.settings(), ({ api }) =>
      reports.readInventory(api, endpoints, { signal: session.signal }),
    );
  } catch (error) {
    const unreachable = error instanceof ZecError || error instanceof SettingsError;
    if (unreachable) session.err('To review the plan without the API, use --offline.\n');
    throw error;
  }
}
