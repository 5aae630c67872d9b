import { markup } from '../markup';
import type { Markup } from '../markup';
import type { Change, ShownInstance, ShownNic } from '../model';
import { GLYPHS, LEVEL_GLYPHS, placeText, statusText, stepsText } from '../words';

const HEADS = ['Step', 'Change', 'vNIC', 'From', 'To', 'Now', 'What to know'];

const MAX_WHOLE = 24;

/** Changes as a table; on a narrow screen each row becomes a card. The roles keep it a table for screen readers then, too. */
export function changesTable(changes: readonly Change[], caption: string, before = 0): Markup {
  return markup`<table role="table" aria-label="${caption}"><thead role="rowgroup"><tr role="row">${HEADS.map(
    (head) => markup`<th role="columnheader" scope="col">${head}</th>`,
  )}</tr></thead><tbody role="rowgroup">${changes.map((each, index) => row(each, before + index + 1))}</tbody></table>`;
}

function row(change: Change, number: number): Markup {
  const { kind, nic, from, to, addresses, risks } = change;
  const steps = stepsText(change);
  const now = [statusText(change), placeText(change)].flatMap((each) => each ?? []).join(' · ');
  return markup`<tr role="row" id="change-${number}">${[
    cell('Step', steps === '' ? undefined : markup`<span class="step">${steps}</span>`),
    cell('Change', markup`<span class="kind kind-${kind}">${GLYPHS[kind]} ${kind}</span>`),
    cell('vNIC', end(nic)),
    cell('From', from && end(from)),
    cell('To', to && end(to)),
    cell('Now', now),
    cell(
      'What to know',
      markup`<ul>${risks.map(
        ({ level, text }) =>
          markup`<li><span class="level level-${level}">${LEVEL_GLYPHS[level]} ${level}</span> ${text}</li>`,
      )}${addresses.map((each) => markup`<li class="quiet code">${each}</li>`)}</ul>`,
    ),
  ]}</tr>`;
}

function cell(head: string, content: Markup | string | undefined): Markup {
  const empty = content === undefined || content === '';
  return markup`<td role="cell" data-label="${head}"${empty ? markup` class="empty"` : undefined}><div>${empty ? '–' : content}</div></td>`;
}

function end({ label, name }: ShownNic | ShownInstance): Markup {
  // An id is compared with others by eye: one that is not too long stays on one line.
  const whole = label.length <= MAX_WHOLE ? markup` class="whole"` : undefined;
  return markup`<code${whole}>${label}</code>${name === undefined ? undefined : markup` <bdi class="quiet">${name}</bdi>`}`;
}
