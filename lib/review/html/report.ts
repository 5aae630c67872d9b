import { createHash } from 'node:crypto';
import { markup, Markup } from '../markup';
import type { Change, Review, Risk } from '../model';
import { KINDS } from '../model';
import { boxHeight, BOX_WIDTH, describeBox, drawBox } from '../picture/box';
import { legend, LEGEND_HEIGHT } from '../picture/legend';
import { named } from '../shown';
import { GLYPHS, headline, LEVEL_GLYPHS, OFFLINE, VERDICTS } from '../words';
import { REPORT_STYLE } from './style';
import { changesTable } from './table';

/** The page may use this one style sheet, and nothing else: no script, no request, no frame. */
const POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(REPORT_STYLE).digest('base64')}'; base-uri 'none'; form-action 'none'`;

/** The review as one page that needs nothing else: no script, no request, light and dark. */
export function reviewHtml(review: Review): string {
  const told = review.changes.filter(({ kind }) => kind !== 'keep');
  const kept = review.changes.filter(({ kind }) => kind === 'keep');
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
${risksSection(review, told)}
${pictureSection(review)}
<section aria-labelledby="changes">
<h2 id="changes" tabindex="-1">Changes, in the order in which they happen</h2>
${told.length === 0 ? markup`<p>Nothing changes.</p>` : changesTable(told, 'Changes')}
</section>
${
  kept.length === 0
    ? undefined
    : markup`<section aria-labelledby="kept"><h2 id="kept">Without change</h2>
<details><summary>${kept.length} of ${review.changes.length} attachments</summary>
${changesTable(kept, 'Without change', told.length)}
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
  const counted = KINDS.map((kind) => ({ kind, count: changes.filter((each) => each.kind === kind).length }));
  return markup`<header>
<h1>Attachment review</h1>
<p class="verdict verdict-${verdict}">${{ none: '=', changes: '●', risky: LEVEL_GLYPHS.warning }[verdict]} ${headline(review)}</p>
<ul class="counts" aria-label="Attachments by what happens to them">${
    changes.length === 0
      ? markup`<li>no attachments in this plan</li>`
      : counted
          .filter(({ count }) => count > 0)
          .map(
            ({ kind, count }) =>
              markup`<li><span class="kind kind-${kind}">${GLYPHS[kind]} ${count} ${kind}</span></li>`,
          )
  }</ul>
<p class="quiet">${offline ? OFFLINE : 'Statuses are those that the API showed when this was made.'}${
    terraformVersion === undefined ? undefined : ` Planned by Terraform ${terraformVersion}.`
  }</p>
</header>`;
}

function risksSection({ risks }: Review, told: readonly Change[]): Markup | undefined {
  const all = [
    ...risks.map((risk) => ({ risk, about: undefined })),
    ...told.flatMap((change, index) =>
      change.risks.map((risk) => ({
        risk,
        about: markup`<a href="#change-${index + 1}"><code>${named(change.nic)}</code></a> `,
      })),
    ),
  ];
  const items = (['error', 'warning'] as const).flatMap((level) =>
    all.filter(({ risk }) => risk.level === level).map(({ risk, about }) => riskItem(risk, about)),
  );
  if (items.length === 0) return undefined;
  return markup`<section aria-labelledby="risks"><h2 id="risks">What could go wrong</h2><ul class="risks">${items}</ul></section>`;
}

function riskItem({ level, text, advice }: Risk, about: Markup | undefined): Markup {
  return markup`<li class="risk-${level}"><span class="level level-${level}">${LEVEL_GLYPHS[level]} ${level}</span> ${about}${text}${
    advice === undefined ? undefined : markup`<br><span class="quiet">${advice}</span>`
  }</li>`;
}

function pictureSection({ boxes }: Review): Markup | undefined {
  if (boxes.length === 0) return undefined;
  return markup`<section aria-labelledby="picture"><h2 id="picture">Before and after</h2>
<p class="quiet">Each box is an instance. Its vNICs before the apply are on the left edge, those after it on the right. The tables below tell the same in words.</p>
<ul class="boxes">${boxes.map((box, index) => {
    const id = `box-${index + 1}`;
    return markup`<li><svg viewBox="0 0 ${BOX_WIDTH} ${boxHeight(box)}" role="img" aria-labelledby="${id}"><title id="${id}">${describeBox(box)}</title>${drawBox(box)}</svg></li>`;
  })}</ul>
<div class="legend"><svg viewBox="0 0 420 ${LEGEND_HEIGHT}" role="img" aria-labelledby="legend"><title id="legend">What the signs mean</title>${legend()}</svg></div></section>`;
}
