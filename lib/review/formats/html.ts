import { createHash } from 'node:crypto';
import type { EndpointView, Review, Risk } from '../model';
import { reviewDocument, KINDS, LEVELS, VERDICTS, withName, type Row } from './document';
import { markup, Markup, REPORT_STYLE } from './markup';
import { boxFigure, legendFigure } from './svg';

type ReviewDocument = ReturnType<typeof reviewDocument>;

/** The content security policy: only the embedded style sheet; no scripts, requests or frames. */
const POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(REPORT_STYLE).digest('base64')}'; base-uri 'none'; form-action 'none'`;
const COLUMN_HEADERS = ['Step', 'Change', 'vNIC', 'From', 'To', 'Now', 'Details'];
/** IDs up to this length do not wrap, so that they are easy to compare. */
const MAX_UNBROKEN = 24;

/** The review as a self-contained page without scripts or requests, in light and dark mode. */
export function reviewHtml(review: Review): string {
  const document = reviewDocument(review);
  const { changed, unchanged } = document;
  const page = markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>Attachment review: ${VERDICTS[review.verdict].label}</title>
${new Markup(`<style>${REPORT_STYLE}</style>`)}
</head>
<body>
<a class="skip" href="#changes">Skip to the changes</a>
<main>
${header(review, document)}
${risksSection(review, document)}
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
${changesTable(unchanged, 'Unchanged')}
</details></section>`
}
</main>
</body>
</html>
`;
  return page.text;
}

function header(
  { verdict, terraformVersion }: Review,
  { headline, kinds, counts, offline }: ReviewDocument,
): Markup {
  const items = kinds.map(
    ({ name, count }) =>
      markup`<li><span class="kind kind-${name}">${KINDS[name].symbol} ${count} ${name}</span></li>`,
  );
  return markup`<header>
<h1>Attachment review</h1>
<p class="verdict verdict-${verdict}">${VERDICTS[verdict].symbol} ${headline}</p>
<ul class="counts" aria-label="Attachments by kind of change">${items.length === 0 ? markup`<li>${counts}</li>` : items}</ul>
<p class="quiet">${offline ?? 'Statuses were read from the API when this report was created.'}${terraformVersion && ` Planned by Terraform ${terraformVersion}.`}</p>
</header>`;
}

function risksSection({ risks }: Review, { risksAt }: ReviewDocument): Markup | undefined {
  const items = (['error', 'warning'] as const).flatMap((level) => [
    ...risks.filter((each) => each.level === level).map((risk) => riskItem(risk)),
    ...risksAt(level).map(({ risk, nic, number }) =>
      riskItem(risk, markup`<a href="#change-${number}"><code>${withName(nic)}</code></a> `),
    ),
  ]);
  if (items.length === 0) return undefined;
  return markup`<section aria-labelledby="risks"><h2 id="risks">Risks</h2><ul class="risks">${items}</ul></section>`;
}

function riskItem({ level, text, advice }: Risk, about?: Markup): Markup {
  const next = advice && markup`<br><span class="quiet">${advice}</span>`;
  return markup`<li class="risk-${level}">${levelMark(level)} ${about}${text}${next}</li>`;
}

function levelMark(level: Risk['level']): Markup {
  return markup`<span class="level level-${level}">${LEVELS[level].symbol} ${level}</span>`;
}

function diagramSection({ boxes }: Review): Markup | undefined {
  if (boxes.length === 0) return undefined;
  return markup`<section aria-labelledby="picture"><h2 id="picture">Before and after</h2>
<p class="quiet">Each box is an instance. Its vNICs before the apply are on the left edge, its vNICs after the apply on the right. The tables below list the same changes.</p>
<ul class="boxes">${boxes.map((box, index) => markup`<li>${boxFigure(box, `box-${index + 1}`)}</li>`)}</ul>
<div class="legend">${legendFigure()}</div></section>`;
}

/**
 * The changes as a table. On narrow screens each row becomes a card. The explicit roles keep the table semantics for
 * screen readers.
 */
function changesTable(rows: readonly Row[], caption: string): Markup {
  return markup`<table role="table" aria-label="${caption}"><thead role="rowgroup"><tr role="row">${COLUMN_HEADERS.map(
    (head) => markup`<th role="columnheader" scope="col">${head}</th>`,
  )}</tr></thead><tbody role="rowgroup">${rows.map(tableRow)}</tbody></table>`;
}

function tableRow({ number, steps, kind, nic, from, to, now, addresses, risks }: Row): Markup {
  const cells = [
    steps === '' ? undefined : markup`<span class="step">${steps}</span>`,
    markup`<span class="kind kind-${kind}">${KINDS[kind].symbol} ${kind}</span>`,
    endpoint(nic),
    from && endpoint(from),
    to && endpoint(to),
    now.join(' · ') || undefined,
    markup`<ul>${risks.map(({ level, text }) => markup`<li>${levelMark(level)} ${text}</li>`)}${addresses.map(
      (each) => markup`<li class="quiet code">${each}</li>`,
    )}</ul>`,
  ];
  return markup`<tr role="row" id="change-${number}">${cells.map((content, index) => {
    const empty = content === undefined ? markup` class="empty"` : undefined;
    return markup`<td role="cell" data-label="${COLUMN_HEADERS[index]}"${empty}><div>${content ?? '–'}</div></td>`;
  })}</tr>`;
}

function endpoint({ label, name }: EndpointView): Markup {
  const unbroken = label.length <= MAX_UNBROKEN ? markup` class="whole"` : undefined;
  return markup`<code${unbroken}>${label}</code>${name && markup` <bdi class="quiet">${name}</bdi>`}`;
}
