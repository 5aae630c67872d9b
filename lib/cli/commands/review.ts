import * as reports from '../../review';
import { readPlan, readState, TerraformJsonError } from '../../terraform';
import { connect } from '../../zec/connect';
import { ZecError } from '../../zec/errors';
import { SettingsError } from '../../zec/settings';
import { EXIT, UsageError } from '../errors';
import type { ExitCode } from '../errors';
import { inputName, readInput, showState, stackFolder, terraformProgram } from '../input';
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
  const plan = named(path, () => readPlan(bytes));
  const endpoints = plan.attachments.flatMap(({ before, after }) => [before, after]);
  const inventory = options.offline === true ? undefined : await inventoryOf(session, endpoints, true);
  const found = reports.reviewOf(plan, inventory);
  const formats = {
    text: () => reports.reviewText(found, painter(session.screen)),
    markdown: () => reports.reviewMarkdown(found),
    json: () => `${reports.reviewJson(found)}\n`,
    html: () => reports.reviewHtml(found),
    svg: () => reports.reviewSvg(found),
  };
  session.out(formats[options.json === true ? 'json' : options.format]());
  return { none: EXIT.done, changes: EXIT.changes, risky: EXIT.risky }[found.verdict];
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
    throw new UsageError('drift needs either STATE, a file or -, or --stack STACK');
  }
  const { signal } = session;
  const directory = stack === undefined ? undefined : stackFolder(stack);
  const bytes =
    directory === undefined ? await readInput(path ?? '-', signal) : await showState(session, directory);
  const records = named(directory ?? path ?? '-', () => readState(bytes));
  const endpoints = records.map((each) => each.endpoints);
  const inventory = await inventoryOf(session, endpoints, false);
  const terraform = [terraformProgram(session), ...(directory === undefined ? [] : [`-chdir=${directory}`])];
  const found = reports.driftOf(records, inventory, terraform);
  const formats = {
    text: () => reports.driftText(found, painter(session.screen)),
    markdown: () => reports.driftMarkdown(found),
    json: () => `${reports.driftJson(found)}\n`,
  };
  session.out(formats[json === true ? 'json' : format]());
  return found.drifted ? EXIT.drifted : EXIT.done;
}

/** What the API says of these attachments. */
async function inventoryOf(
  session: Session,
  endpoints: Parameters<typeof reports.readInventory>[1],
  mayBeOffline: boolean,
) {
  try {
    const { api } = connect(session.settings());
    try {
      return await reports.readInventory(api, endpoints, { signal: session.signal });
    } finally {
      await api.close();
    }
  } catch (error) {
    const unreachable = error instanceof ZecError || error instanceof SettingsError;
    if (unreachable && mayBeOffline) session.err('Or use --offline, which reviews the plan alone.\n');
    throw error;
  }
}

/** Names the input in the errors of reading it. */
function named<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof TerraformJsonError)) throw error;
    throw new UsageError(`${inputName(path)}: ${error.message}`, { cause: error });
  }
}
