import * as reports from '../../review';
import { readPlan, readState, TerraformJsonError } from '../../terraform';
import { ZecError } from '../../zec/errors';
import { SettingsError } from '../../zec/settings';
import { withConnection } from '../connection';
import { EXIT, orUsageError, UsageError } from '../errors';
import type { ExitCode } from '../errors';
import { inputName, readInput, showState, stackDirectory, terraformProgram } from '../input';
import { painter } from '../screen';
import type { Session } from '../session';

interface ReviewOptions {
  readonly format: 'text' | 'markdown' | 'json' | 'html' | 'svg';
  readonly offline?: boolean;
  readonly json?: boolean;
}

/** @throws UsageError, SettingsError, ZecError */
export async function review(session: Session, options: ReviewOptions, path: string): Promise<ExitCode> {
  const bytes = await readInput(path, session.signal);
  const plan = orUsageError(TerraformJsonError, () => readPlan(bytes), `${inputName(path)}: `);
  const endpoints = plan.attachments.flatMap(({ before, after }) => [before, after]);
  const inventory = options.offline === true ? undefined : await readInventory(session, endpoints, true);
  const report = reports.reviewOf(plan, inventory);
  const formats = {
    text: () => reports.reviewText(report, painter(session.screen)),
    markdown: () => reports.reviewMarkdown(report),
    json: () => `${reports.reviewJson(report)}\n`,
    html: () => reports.reviewHtml(report),
    svg: () => reports.reviewSvg(report),
  };
  session.out(formats[options.json === true ? 'json' : options.format]());
  return { none: EXIT.done, changes: EXIT.changes, risky: EXIT.risky }[report.verdict];
}

interface DriftOptions {
  readonly stack?: string;
  readonly format: 'text' | 'markdown' | 'json';
  readonly json?: boolean;
}

/** @throws UsageError, SettingsError, ZecError */
export async function drift(session: Session, options: DriftOptions, path?: string): Promise<ExitCode> {
  const { stack, format, json } = options;
  if ((path === undefined) === (stack === undefined)) {
    throw new UsageError('drift requires either STATE (a file or -) or --stack STACK');
  }
  const { signal } = session;
  const directory = stack === undefined ? undefined : stackDirectory(stack);
  const bytes =
    directory === undefined ? await readInput(path ?? '-', signal) : await showState(session, directory);
  const name = inputName(directory ?? path ?? '-');
  const records = orUsageError(TerraformJsonError, () => readState(bytes), `${name}: `);
  const endpoints = records.map((each) => each.endpoints);
  const inventory = await readInventory(session, endpoints, false);
  const terraform = [terraformProgram(session), ...(directory === undefined ? [] : [`-chdir=${directory}`])];
  const report = reports.driftOf(records, inventory, terraform);
  const formats = {
    text: () => reports.driftText(report, painter(session.screen)),
    markdown: () => reports.driftMarkdown(report),
    json: () => `${reports.driftJson(report)}\n`,
  };
  session.out(formats[json === true ? 'json' : format]());
  return report.drifted ? EXIT.drifted : EXIT.done;
}

/** Reads the state of these attachments from the API. */
async function readInventory(
  session: Session,
  endpoints: Parameters<typeof reports.readInventory>[1],
  canBeOffline: boolean,
) {
  try {
    return await withConnection(session, ({ api }) =>
      reports.readInventory(api, endpoints, { signal: session.signal }),
    );
  } catch (error) {
    const unreachable = error instanceof ZecError || error instanceof SettingsError;
    if (unreachable && canBeOffline) session.err('To review the plan without the API, use --offline.\n');
    throw error;
  }
}
