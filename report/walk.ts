// The pages of a walk through the states of a world: where it stands, how it came there, where it can go. HTML without a script.
import { rule } from '../spec/rule.ts';
import { forXml } from './escape.ts';
import { type Marks, stateTables } from './walk-tables.ts';
import { walkDiagram } from './walk-diagram.ts';
import { WALK_STYLE } from './walk-style.ts';

export interface ShownPage {
  readonly at: string;
  readonly permission: string;
  readonly kind: string;
  readonly frame?: number;
  readonly bits: readonly string[];
  readonly bytes?: string;
  readonly eager?: string;
}

/** The parts of a state that a page shows. */
export interface ShownState {
  readonly processes: readonly {
    readonly name: string;
    readonly state: string;
    readonly parent?: string;
    readonly image?: string;
    readonly memory?: string;
    readonly pages: readonly ShownPage[];
  }[];
  readonly frames: readonly {
    readonly number: number;
    readonly role: string;
    readonly free: boolean;
    readonly count: number;
    readonly holders: readonly string[];
    readonly bytes: string;
  }[];
  readonly cpus: readonly {
    readonly name: string;
    readonly doing: string;
    readonly translations: readonly {
      readonly page: string;
      readonly frame: number;
      readonly writable: boolean;
    }[];
  }[];
  readonly totals: readonly { readonly name: string; readonly value: string }[];
}

export interface ShownChange {
  readonly of: string;
  readonly what: string;
  readonly from: string;
  readonly to: string;
}

type ShownMove = { readonly text: string; readonly step: string; readonly id: string } & (
  | { readonly leads: 'new' | 'same' | 'idle' }
  | { readonly leads: 'back'; readonly to: number }
  | { readonly leads: 'breaks'; readonly law: string }
);

/** The parts of a walk that a page shows. Ids are hex. */
export interface ShownWalk {
  readonly steps: readonly {
    readonly text: string;
    readonly step: string;
    readonly answer: string;
    readonly id: string;
  }[];
  readonly start: string;
  readonly id: string;
  readonly metAt?: number;
  readonly state: ShownState;
  readonly changes: readonly ShownChange[];
  readonly breach?: {
    readonly invariant: string;
    readonly rule: number;
    readonly required: string;
    readonly found: string;
  };
  readonly laws: number;
  readonly moves: readonly ShownMove[];
}

/** What the pages say of the whole: a line about the world, and the address of a path. */
export interface WalkPageOptions {
  readonly about: string;
  readonly link: (steps: readonly string[]) => string;
}

/** Of a longer path, so many last steps are shown at once. */
const LAST_STEPS = 8;
/** Digits of an id that are shown. */
const SHORT = 10;

/** The page of one place on a walk. */
export function walkPage(walk: ShownWalk, options: WalkPageOptions): string {
  const { steps, id, metAt, state, changes } = walk;
  const last = steps.at(-1);
  const heading = last === undefined ? 'The start' : `After op ${steps.length}: ${last.text}`;
  const marks: Marks = new Map(changes.map(change => [`${change.of}\n${change.what}`, change]));
  const changed = new Set(changes.map(({ of }) => of));
  const met =
    metAt === undefined ? '' : `, the same as ${metAt === 0 ? 'at the start' : `after op ${metAt}`}`;
  return page(
    heading,
    `<p class="soft">cowcheck, a walk: ${forXml(options.about)}</p>
<h1>${forXml(heading)}</h1>
<p class="soft">state <code>${forXml(short(id))}</code>${met}${
      last === undefined ? '' : ` · ${forXml(last.answer)}`
    }</p>
<p class="jump"><a href="#path">The path</a> · <a href="#moves">Where it can go</a></p>`,
    `<main id="state">
${verdict(walk)}
<section><h2>Pages and frames</h2>${walkDiagram(state, of => changed.has(of))}</section>
${last === undefined ? '' : changeList(changes)}
${stateTables(state, marks)}
</main>
<div class="side">
${pathList(walk, options)}
${moveList(walk, options)}
</div>`,
  );
}

/** The page of an address that leads nowhere. `message`: what was received and what is accepted; `links`: where to go. */
export function walkErrorPage(
  heading: string,
  message: string,
  links: readonly { readonly href: string; readonly text: string }[],
): string {
  return page(
    heading,
    `<p class="soft">cowcheck, a walk</p><h1>${forXml(heading)}</h1>`,
    `<main id="state"><section class="error"><pre>${forXml(message)}</pre>
<ul>${links.map(({ href, text }) => `<li><a href="${forXml(href)}">${forXml(text)}</a></li>`).join('')}</ul></section></main>`,
  );
}

function page(title: string, header: string, body: string): string {
  const moves = body.includes('id="moves"') ? '<a class="skip" href="#moves">To the moves</a>' : '';
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${forXml(title)} · cowcheck</title>
<link rel="icon" href="data:,">
<style>${WALK_STYLE}</style>
</head>
<body>
<a class="skip" href="#state">To the state</a>${moves}
<header>
${header}
</header>
<div class="columns">
${body}
</div>
</body>
</html>
`;
}

function verdict({ breach, laws, steps }: ShownWalk): string {
  if (breach === undefined)
    return `<section class="verdict"><h2>Laws held</h2><p>${
      steps.length === 0 ? '' : 'Every reply on this path is one that eager copying allows, and '
    }none of ${laws} invariants is broken.</p></section>`;
  const { invariant, rule: id, required, found } = breach;
  return `<section class="verdict broken"><h2>Law broken: <code>${forXml(invariant)}</code></h2>
<p>Rule ${id}: ${forXml(rule(id).statement)}</p>
<dl><dt>required</dt><dd>${forXml(required)}</dd><dt>found</dt><dd>${forXml(found)}</dd></dl></section>`;
}

function changeList(changes: readonly ShownChange[]): string {
  const items = changes.map(({ of, what, from, to }) => {
    if (what === 'there') return `<li><code>${forXml(of)}</code> ${to === 'yes' ? 'is new' : 'is gone'}</li>`;
    return `<li><code>${forXml(of)}</code>${what === 'value' ? ':' : ` ${forXml(what)}:`} ${forXml(from)} → <strong>${forXml(to)}</strong></li>`;
  });
  return `<section><h2>What the last op changed</h2>${
    items.length === 0 ? '<p>Nothing that is shown here.</p>' : `<ul>${items.join('')}</ul>`
  }</section>`;
}

function pathList({ steps, start }: ShownWalk, { link }: WalkPageOptions): string {
  const path = steps.map(({ step }) => step);
  const item = (n: number): string => {
    const step = steps[n - 1];
    const here = n === steps.length ? ' aria-current="page"' : '';
    const answer = step === undefined ? '' : `<span class="answer">${forXml(step.answer)}</span>`;
    const id = short(step?.id ?? start);
    return `<li><span class="number">${n}</span><span><a class="op" href="${forXml(link(path.slice(0, n)))}"${here}>${forXml(step?.text ?? 'start')}</a>${answer} <span class="soft">state ${forXml(id)}</span></span></li>`;
  };
  const all = Array.from({ length: steps.length + 1 }, (_, n) => item(n));
  const early = all.slice(0, Math.max(0, all.length - LAST_STEPS));
  const list = (items: readonly string[]): string => `<ol class="path">${items.join('')}</ol>`;
  const folded =
    early.length === 0
      ? ''
      : `<details><summary>The first ${early.length} of ${all.length} states</summary>${list(early)}</details>`;
  const back =
    steps.length === 0
      ? ''
      : `<p><a rel="prev" href="${forXml(link(path.slice(0, -1)))}">Back by one op</a></p>`;
  return `<section id="path"><h2>The path</h2><nav aria-label="The path">${folded}${list(all.slice(early.length))}${back}</nav></section>`;
}

const GROUPS = [
  ['breaks', 'Break a law'],
  ['new', 'Lead to a state that is new here'],
  ['back', 'Lead back'],
  ['idle', 'Left out of the search: the allocation that is to fail does not come'],
  ['same', 'Change nothing'],
] as const;

function moveList({ moves, steps, breach }: ShownWalk, { link }: WalkPageOptions): string {
  const path = steps.map(({ step }) => step);
  const first = new Map(moves.toReversed().map(move => [move.id, move]));
  const item = (move: ShownMove): string =>
    `<li${move.leads === 'breaks' ? ' class="bad"' : ''}><a href="${forXml(link([...path, move.step]))}"><span class="op">${forXml(move.text)}</span> <small>${forXml(hint(move, first.get(move.id) ?? move))}</small></a></li>`;
  const groups = GROUPS.map(([leads, text]) => {
    const own = moves.filter(move => move.leads === leads);
    if (own.length === 0) return '';
    const list = `<ul class="moves">${own.map(item).join('')}</ul>`;
    return leads === 'same' || leads === 'idle'
      ? `<details><summary>${text} (${own.length})</summary>${list}</details>`
      : `<h3>${text} (${own.length})</h3>${list}`;
  });
  const none =
    breach === undefined
      ? 'No op can be tried from here.'
      : 'A history that has broken a law is over. Go back to try another op.';
  return `<section id="moves"><h2>${moves.length === 0 ? 'Where it can go' : `Where it can go: ${moves.length} ops`}</h2>${
    moves.length === 0 ? `<p>${none}</p>` : `<nav aria-label="Moves">${groups.join('')}</nav>`
  }</section>`;
}

/** `first`: the first move that leads to the same state. */
function hint(move: ShownMove, first: ShownMove): string {
  switch (move.leads) {
    case 'breaks':
      return `breaks ${move.law}`;
    case 'back':
      return move.to === 0 ? 'back to the start' : `back to the state after op ${move.to}`;
    case 'same':
      return 'stays in this state';
    case 'new':
    case 'idle':
      return `state ${short(move.id)}${first === move ? '' : `, as with ${first.text}`}`;
  }
}

function short(id: string): string {
  return id.slice(0, SHORT);
}
