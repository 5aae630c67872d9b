import { createHash } from 'node:crypto';
import { CHANGE_KINDS } from '../model';
import type { Change, EndpointView, Review, Risk } from '../model';
import { BOX_WIDTH, boxHeight, describeBox, drawBox } from './box';
import {
  CHANGE_SYMBOLS,
  headline,
  LEVEL_SYMBOLS,
  withName,
  statusTexts,
  OFFLINE,
  stepsText,
  VERDICTS,
} from './labels';
import { markup, Markup, REPORT_STYLE } from './markup';
import { legend, LEGEND_HEIGHT } from './svg';

/** The content security policy: only the embedded style sheet; no scripts, requests or frames. */
const POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(REPORT_STYLE).digest('base64')}'; base-uri 'none'; form-action 'none'`;
const HEADS = ['Step', 'Change', 'vNIC', 'From', 'To', 'Now', 'Details'];
/** IDs up to this length do not wrap, so that they are easy to compare. */
const MAX_UNBROKEN = 24;

/** The review as a self-contained page without scripts or requests, in light and dark mode. */
export function reviewHtml(review: Review): string {
  const changed = review.changes.filter(({ kind }) => kind !== 'keep');
  const unchanged = review.changes.filter(({ kind }) => kind === 'keep');
  const page = markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>Attachment review: ${VERDICTS[review.verdict]}</title>
${new Markup(`<style>${REPORT_STYLE}</style>`)}
</head>
<body>
<a class="skip" href="#changes">Skip to the changes</a>
<main>
${header(review)}
${risksSection(review, changed)}
${diagramSection(review)}
<section aria-labelledby="changes">
<h2 id="changes" tabindex="-1">Changes in execution order</h2>
${changed.length === 0 ? markup`<p>No changes.</p>` : changesTable(changed, 'Changes')}
</section>
${
  unchanged.length === 0
    ? undefined
    : markup`<section aria-labelledby="kept"><h2 id="kept">Unchanged</h2>
<details><summary>${unchanged.length} of ${review.changes.length} attachments</summary>
${changesTable(unchanged, 'Unchanged', changed.length)}
</details></section>`
}
</main>
</body>
</html>
`;
  return page.text;
}

function header(review: Review): Markup {
  const { verdict, offline, terraformVersion, changes } = review;
  const symbol = { none: '=', changes: '●', risky: LEVEL_SYMBOLS.warning }[verdict];
  const counts = CHANGE_KINDS.flatMap((kind) => {
    const count = changes.filter((each) => each.kind === kind).length;
    if (count === 0) return [];
    return markup`<li><span class="kind kind-${kind}">${CHANGE_SYMBOLS[kind]} ${count} ${kind}</span></li>`;
  });
  return markup`<header>
<h1>Attachment review</h1>
<p class="verdict verdict-${verdict}">${symbol} ${headline(review)}</p>
<ul class="counts" aria-label="Attachments by kind of change">${
    counts.length === 0 ? markup`<li>no attachments in this plan</li>` : counts
  }</ul>
<p class="quiet">${offline ? OFFLINE : 'Statuses were read from the API when this report was created.'}${
    terraformVersion === undefined ? undefined : ` Planned by Terraform ${terraformVersion}.`
  }</p>
</header>`;
}

function risksSection({ risks }: Review, changed: readonly Change[]): Markup | undefined {
  const itemsOf = (level: 'error' | 'warning') => {
    const ofLevel = (all: readonly Risk[]) => all.filter((each) => each.level === level);
    return [
      ...ofLevel(risks).map((risk) => riskItem(risk)),
      ...changed.flatMap(({ nic, ...change }, index) => {
        const about = markup`<a href="#change-${index + 1}"><code>${withName(nic)}</code></a> `;
        return ofLevel(change.risks).map((risk) => riskItem(risk, about));
      }),
    ];
  };
  const items = [...itemsOf('error'), ...itemsOf('warning')];
  if (items.length === 0) return undefined;
  return markup`<section aria-labelledby="risks"><h2 id="risks">Risks</h2><ul class="risks">${items}</ul></section>`;
}

function riskItem({ level, text, advice }: Risk, about?: Markup): Markup {
  return markup`<li class="risk-${level}">${levelMark(level)} ${about}${text}${
    advice === undefined ? undefined : markup`<br><span class="quiet">${advice}</span>`
  }</li>`;
}

function levelMark(level: Risk['level']): Markup {
  return markup`<span class="level level-${level}">${LEVEL_SYMBOLS[level]} ${level}</span>`;
}

function diagramSection({ boxes }: Review): Markup | undefined {
  if (boxes.length === 0) return undefined;
  return markup`<section aria-labelledby="picture"><h2 id="picture">Before and after</h2>
<p class="quiet">Each box is an instance. Its vNICs before the apply are on the left edge, its vNICs after the apply on the right. The tables below list the same changes.</p>
<ul class="boxes">${boxes.map((box, index) => {
    const id = `box-${index + 1}`;
    return markup`<li><svg viewBox="0 0 ${BOX_WIDTH} ${boxHeight(box)}" role="img" aria-labelledby="${id}"><title id="${id}">${describeBox(box)}</title>${drawBox(box)}</svg></li>`;
  })}</ul>
<div class="legend"><svg viewBox="0 0 420 ${LEGEND_HEIGHT}" role="img" aria-labelledby="legend"><title id="legend">Legend</title>${legend()}</svg></div></section>`;
}

/**
 * The changes as a table. On narrow screens each row becomes a card. The explicit roles keep the table semantics for
 * screen readers.
 */
function changesTable(changes: readonly Change[], caption: string, before = 0): Markup {
  return markup`<table role="table" aria-label="${caption}"><thead role="rowgroup"><tr role="row">${HEADS.map(
    (head) => markup`<th role="columnheader" scope="col">${head}</th>`,
  )}</tr></thead><tbody role="rowgroup">${changes.map((each, index) => row(each, before + index + 1))}</tbody></table>`;
}

function row(change: Change, number: number): Markup {
  const { kind, nic, from, to, addresses, risks } = change;
  const steps = stepsText(change);
  const cells = [
    steps === '' ? '' : markup`<span class="step">${steps}</span>`,
    markup`<span class="kind kind-${kind}">${CHANGE_SYMBOLS[kind]} ${kind}</span>`,
    endpoint(nic),
    from === undefined ? '' : endpoint(from),
    to === undefined ? '' : endpoint(to),
    statusTexts(change).join(' · '),
    markup`<ul>${risks.map(({ level, text }) => markup`<li>${levelMark(level)} ${text}</li>`)}${addresses.map(
      (each) => markup`<li class="quiet code">${each}</li>`,
    )}</ul>`,
  ];
  return markup`<tr role="row" id="change-${number}">${cells.map((content, index) => {
    const empty = content === '' ? markup` class="empty"` : undefined;
    return markup`<td role="cell" data-label="${HEADS[index]}"${empty}><div>${content === '' ? '–' : content}</div></td>`;
  })}</tr>`;
}

function endpoint({ label, name }: EndpointView): Markup {
  const unbroken = label.length <= MAX_UNBROKEN ? markup` class="whole"` : undefined;
  return markup`<code${unbroken}>${label}</code>${name === undefined ? undefined : markup` <bdi class="quiet">${name}</bdi>`}`;
}
