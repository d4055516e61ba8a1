// A state as tables: page tables of each process, frames, translations, totals; what has just changed is marked.
import { forXml } from './escape.ts';
import type { ShownChange, ShownPage, ShownState } from './walk.ts';

/** Changes by thing and value, `A data+0\nframe`. */
export type Marks = ReadonlyMap<string, ShownChange>;

export function stateTables(state: ShownState, marks: Marks): string {
  const { processes, frames, cpus, totals } = state;
  const cell = (of: string, what: string, html: string): string => {
    const change = marks.get(`${of}\n${what}`);
    if (change === undefined) return html;
    return `<span class="changed">${html}</span><span class="was">was ${forXml(change.from)}</span>`;
  };
  const isNew = (of: string): string =>
    marks.get(`${of}\nthere`)?.to === 'yes' ? ' <span class="changed">new</span>' : '';
  const tables = processes.map(({ name, state: life, parent, image, memory, pages }) => {
    const about = [
      cell(name, 'state', forXml(life)),
      ...(parent === undefined ? [] : [`child of ${cell(name, 'parent', forXml(parent))}`]),
      ...(image === undefined ? [] : [`image ${cell(name, 'image', forXml(image))}`]),
      ...(memory === undefined ? [] : [`uses one memory with ${forXml(memory)}`]),
    ].join(', ');
    const caption = `${forXml(name)}${isNew(name)} <small>${about}</small>`;
    if (pages.length === 0) return `<p><strong>${forXml(name)}</strong>: ${about}; it has no memory.</p>`;
    return table(
      caption,
      `The page table of ${name}`,
      ['page', 'permission', 'frame', 'bits', 'contents'],
      pages.map(page => pageRow(name, page, cell)),
    );
  });
  const free = frames.filter(frame => frame.free && !marks.has(`frame ${frame.number}\nstate`));
  const shown = frames.filter(frame => !free.includes(frame));
  const frameRows = shown.map(({ number, role, free: isFree, count, holders, bytes }) => {
    const of = `frame ${number}`;
    return row(isFree, `${number}${isNew(of)}`, [
      cell(of, 'state', isFree ? 'free' : forXml(role)),
      cell(of, 'count', String(count)),
      cell(of, 'holders', holders.map(forXml).join('<br>') || 'nobody'),
      `<span class="bytes">${cell(of, 'bytes', forXml(bytes))}</span>`,
    ]);
  });
  const freeLine =
    free.length === 0 ? '' : `<p class="soft">Free: ${free.map(({ number }) => number).join(', ')}.</p>`;
  const translations = cpus.map(({ name, doing, translations: entries }) =>
    table(
      `${forXml(name)} <small>${cell(name, 'doing', forXml(doing))}</small>`,
      `The translations of ${name}`,
      ['page', 'frame', 'may store'],
      entries.map(({ page, frame, writable }) =>
        row(false, `${forXml(page)}${isNew(`${name} ${page}`)}`, [
          cell(`${name} ${page}`, 'translation', String(frame)),
          writable ? 'yes' : 'no',
        ]),
      ),
    ),
  );
  return [
    `<section><h2>Page tables</h2>${tables.join('') || '<p>No process is left.</p>'}</section>`,
    ...(cpus.length === 0 ? [] : [`<section><h2>Translations</h2>${translations.join('')}</section>`]),
    `<section><h2>Frames</h2>${
      frameRows.length === 0
        ? '<p>None is in use.</p>'
        : table(
            'In use, or just freed',
            'The frames',
            ['frame', 'holds', 'count', 'held by', 'contents'],
            frameRows,
          )
    }${freeLine}<dl>${totals
      .map(({ name, value }) => `<dt>${forXml(name)}</dt><dd>${cell(name, 'value', forXml(value))}</dd>`)
      .join('')}</dl></section>`,
  ].join('\n');
}

function pageRow(
  process: string,
  { at, permission, kind, frame, bits, bytes, eager }: ShownPage,
  cell: (of: string, what: string, html: string) => string,
): string {
  const of = `${process} ${at}`;
  const wrong = eager === undefined ? '' : `<span class="wrong">eager copy: ${forXml(eager)}</span>`;
  return row(frame === undefined, forXml(at), [
    `${cell(of, 'permission', forXml(permission))} <span class="soft">${cell(of, 'kind', forXml(kind))}</span>`,
    cell(of, 'frame', frame === undefined ? 'none' : String(frame)),
    cell(of, 'bits', bits.map(forXml).join(', ') || 'none'),
    `<span class="bytes">${cell(of, 'bytes', forXml(bytes ?? ''))}</span>${wrong}`,
  ]);
}

function row(faint: boolean, name: string, cells: readonly string[]): string {
  return `<tr${faint ? ' class="absent"' : ''}><th scope="row">${name}</th>${cells.map(html => `<td>${html}</td>`).join('')}</tr>`;
}

/** A table that scrolls by itself where the screen is narrow. */
function table(caption: string, label: string, heads: readonly string[], rows: readonly string[]): string {
  return `<div class="scroll" role="region" aria-label="${forXml(label)}" tabindex="0"><table><caption>${caption}</caption>
<thead><tr>${heads.map(head => `<th scope="col">${head}</th>`).join('')}</tr></thead>
<tbody>${rows.join('\n')}</tbody></table></div>`;
}
