import type { Drift, Drifted, DriftState } from './drift';
import { DRIFT_STATES } from './drift';
import { code, fitting, inert, MAX_COMMENT } from './markdown-text';
import { shellText } from './repair';
import { named } from './shown';
import type { Paint, Style } from './text';

/** The version of the form that `driftJson` writes: `schemas/drift-1.json`. */
const DRIFT_VERSION = 1;
const MARKER = '<!-- zec-nic drift -->';

const STYLES: Readonly<Partial<Record<DriftState, Style>>> = { 'in-sync': 'green', changing: 'yellow' };

function headline({ attachments, drifted }: Drift): string {
  if (attachments.length === 0) return 'No attachments on record';
  if (!drifted) return 'In sync';
  const count = attachments.filter(({ state }) => state !== 'in-sync').length;
  return `Drift: ${count} of ${attachments.length} ${attachments.length === 1 ? 'attachment is' : 'attachments are'} not as on record`;
}

function counts({ attachments }: Drift): string {
  return DRIFT_STATES.flatMap((state) => {
    const count = attachments.filter((each) => each.state === state).length;
    return count === 0 ? [] : `${count} ${state}`;
  }).join(', ');
}

/** Every command that repairs something, each once and in order. */
function commands({ attachments }: Drift): readonly string[] {
  return [...new Set(attachments.flatMap(({ repair }) => repair?.commands.map(shellText) ?? []))];
}

/** The drift for a person at a terminal. */
export function driftText(drift: Drift, paint: Paint): string {
  return [
    paint('bold', paint(drift.drifted ? 'red' : 'green', headline(drift))),
    ...(drift.attachments.length === 0 ? [] : [counts(drift)]),
    ...drift.attachments.flatMap((each) => lines(each, paint)),
    '',
  ].join('\n');
}

function lines({ state, text, address, repair, nic, instance }: Drifted, paint: Paint): readonly string[] {
  const head = `${paint(STYLES[state] ?? 'red', state.padEnd(14))}${paint('bold', named(nic))} at ${named(instance)}`;
  if (repair === undefined) return ['', head, `              ${paint('dim', address)}`];
  return [
    '',
    head,
    `              ${paint('dim', address)}`,
    `              ${text}`,
    `              ${repair.text}`,
    ...repair.commands.map((each) => `                ${paint('cyan', shellText(each))}`),
  ];
}

/** The drift as an issue or a comment: the same bytes for the same state and cloud. */
export function driftMarkdown(drift: Drift): string {
  const told = drift.attachments.filter(({ state }) => state !== 'in-sync');
  const rows = fitting(told.map(row), MAX_COMMENT / 2);
  const repairs = fitting(commands(drift), MAX_COMMENT / 3);
  const left = (count: number) => (count === 0 ? [] : ['', `… and ${count} more.`]);
  return [
    MARKER,
    `### ${drift.drifted ? '⛔' : '✅'} ${headline(drift)}`,
    '',
    ...(drift.attachments.length === 0 ? [] : [`**${counts(drift)}**`]),
    ...(told.length === 0
      ? []
      : [
          '',
          '| State | vNIC | On record at | What is | Repair |',
          '| --- | --- | --- | --- | --- |',
          ...rows.lines,
        ]),
    ...left(rows.left),
    ...(repairs.lines.length === 0 ? [] : ['', ...fence(repairs.lines), ...left(repairs.left)]),
    '',
  ].join('\n');
}

function row({ state, nic, instance, text, repair }: Drifted): string {
  return `| **${state}** | ${code(nic.label)} | ${code(instance.label)} | ${inert(text)} | ${inert(repair?.text ?? '')} |`;
}

/** A fence that is longer than any run of backticks inside. */
function fence(inside: readonly string[]): readonly string[] {
  const longest = Math.max(
    2,
    ...inside.flatMap((line) => [...line.matchAll(/`+/g)].map(([run]) => run.length)),
  );
  const marks = '`'.repeat(longest + 1);
  return [`${marks}sh`, ...inside, marks];
}

/** The drift for machines: the form that `schemas/drift-1.json` describes. Every member is always there. */
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
