// The look of the pages of a walk: one style sheet, in the page, for light and dark and for narrow screens.

export const WALK_STYLE = `
:root { color-scheme: light dark; --ground: #fbfaf8; --card: #fff; --ink: #1c1b19; --soft: #5d5a54; --line: #dcd8d0; --link: #1d4ed8;
  --mark: #fff1c9; --mark-ink: #6b4700; --good: #166534; --good-ground: #e6f4ea; --bad: #a1161b; --bad-ground: #fdebea;
  --write: #1d4ed8; --cow: #9a4d00; --read: #6f6b64; }
@media (prefers-color-scheme: dark) { :root { --ground: #161512; --card: #1f1e1a; --ink: #efece5; --soft: #b3aea4; --line: #3a3832;
  --link: #9dbcff; --mark: #453708; --mark-ink: #ffdf8f; --good: #9be0b1; --good-ground: #14321f; --bad: #ffb4ae; --bad-ground: #46191a;
  --write: #9dbcff; --cow: #f5b06a; --read: #a29d93; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
a { color: var(--link); text-underline-offset: .15em; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; border-radius: 3px; }
.skip { position: absolute; left: -99rem; } .skip:focus { left: .5rem; top: .5rem; background: var(--card); padding: .5rem; z-index: 1; }
header, .columns { max-width: 84rem; margin: 0 auto; padding: 0 1rem; }
header { padding-top: 1rem; }
h1 { font-size: 1.3rem; line-height: 1.3; margin: .1rem 0 .2rem; } h2 { font-size: 1.05rem; margin: 0 0 .6rem; } h3 { font-size: .95rem; margin: 1rem 0 .3rem; }
p { margin: .3rem 0; } .soft { color: var(--soft); font-size: .9rem; }
code, .op, td, .bytes { font-family: ui-monospace, "DejaVu Sans Mono", monospace; font-size: .875rem; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: .9rem 1rem; margin: 1rem 0; min-width: 0; }
.columns > * { min-width: 0; }
@media (min-width: 60rem) { .columns { display: grid; grid-template-columns: minmax(0, 1fr) 23rem; gap: 0 1.2rem; align-items: start; } }
@media (min-width: 60rem) { .side { position: sticky; top: 0; max-height: 100vh; overflow-y: auto; } .jump { display: none; } }
.verdict { border-left: 6px solid var(--good); background: var(--good-ground); } .verdict h2 { color: var(--good); margin: 0; }
.broken { border-left-color: var(--bad); background: var(--bad-ground); } .broken h2 { color: var(--bad); }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .15rem .8rem; margin: .5rem 0 0; } dt { color: var(--soft); } dd { margin: 0; }
.path { list-style: none; margin: 0; padding: 0; } .path li { display: grid; grid-template-columns: 2rem minmax(0, 1fr); padding: .25rem 0; border-top: 1px solid var(--line); }
.path li:first-child { border-top: 0; } .path .number { color: var(--soft); } .path .answer { display: block; color: var(--soft); font-size: .875rem; }
.path [aria-current] { font-weight: 700; color: inherit; text-decoration: none; }
.scroll { overflow-x: auto; margin: 0 -.25rem; padding: 0 .25rem; }
table { border-collapse: collapse; width: 100%; margin: .2rem 0; } caption { text-align: left; font-weight: 600; padding: .3rem 0; }
caption small { font-weight: 400; color: var(--soft); }
th, td { text-align: left; vertical-align: top; padding: .3rem .7rem .3rem 0; border-top: 1px solid var(--line); overflow-wrap: normal; }
thead th { border-top: 0; color: var(--soft); font-size: .8rem; font-weight: 600; } tbody th { font-weight: 400; font-family: ui-monospace, monospace; font-size: .875rem; white-space: nowrap; }
.bytes { white-space: nowrap; } tr.absent > * { color: var(--soft); }
.changed { background: var(--mark); color: var(--mark-ink); border-radius: 3px; padding: 0 .25rem; margin-left: -.25rem; }
.was { display: block; font-size: .78rem; color: var(--mark-ink); font-family: system-ui, sans-serif; } .was::before { content: "\\2022  "; }
p .was, caption .was { display: inline; margin-left: .3rem; }
.wrong { display: block; color: var(--bad); font-weight: 600; }
.moves { list-style: none; margin: 0; padding: 0; } .moves li { border-top: 1px solid var(--line); } .moves li:first-child { border-top: 0; }
.moves a { display: block; padding: .4rem .25rem; text-decoration: none; } .moves a:hover .op, .moves a:focus .op { text-decoration: underline; }
.moves small { display: block; color: var(--soft); } .moves .bad small { color: var(--bad); font-weight: 600; }
summary { cursor: pointer; padding: .3rem 0; }
svg { display: block; width: 100%; max-width: 34rem; height: auto; margin: .3rem 0; }
svg text { font: 11px ui-monospace, "DejaVu Sans Mono", monospace; fill: var(--ink); } svg .name { font: 600 12px system-ui, sans-serif; } svg .faint { fill: var(--soft); }
svg rect { fill: var(--card); stroke: var(--line); stroke-width: 1.2; } svg rect.hit { fill: var(--mark); stroke: var(--mark-ink); stroke-width: 2; } svg rect.free { stroke-dasharray: 3 3; }
svg text.hit { fill: var(--mark-ink); }
svg path { fill: none; stroke-width: 1.6; stroke: var(--read); } svg path.write { stroke: var(--write); stroke-width: 2.4; } svg path.cow { stroke: var(--cow); stroke-dasharray: 5 3; } svg path.slot { stroke-dasharray: 1 4; }
.key { display: flex; flex-wrap: wrap; gap: .2rem 1rem; list-style: none; margin: 0; padding: 0; font-size: .85rem; color: var(--soft); }
.key svg { display: inline-block; width: 2.2rem; margin: 0 .3rem 0 0; vertical-align: middle; }
.error pre { white-space: pre-wrap; }
`;
