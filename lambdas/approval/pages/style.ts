// The one stylesheet of the approval pages: system fonts, light and dark, down to 320 pixels. No images, nothing fetched.

export const STYLE = `
:root {
  color-scheme: light dark;
  --back: #f6f7f9; --card: #ffffff; --text: #16191f; --soft: #545b66; --line: #d9dde3; --link: #0b57c2;
  --yes: #1a6e3c; --yes-text: #ffffff; --no: #b3261e; --no-back: #fdf1f0; --warn: #8a5300; --warn-back: #fff4e0;
  --good-back: #e9f6ee; --code: #eef0f3; --mark: #ffe58a; --mark-text: #3a2d00; --focus: #0b57c2;
}
@media (prefers-color-scheme: dark) {
  :root {
    --back: #101318; --card: #191d24; --text: #e8eaee; --soft: #a3abb8; --line: #333a45; --link: #8ab8ff;
    --yes: #2c9a5b; --yes-text: #06140b; --no: #ff8f85; --no-back: #2f1a19; --warn: #ffc46b; --warn-back: #2e2411;
    --good-back: #14291d; --code: #262c36; --mark: #6b5600; --mark-text: #fff3c4; --focus: #8ab8ff;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--back); color: var(--text); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
a { color: var(--link); }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; }
header.top { border-bottom: 1px solid var(--line); background: var(--card); }
header.top div { max-width: 46rem; margin: 0 auto; padding: .6rem 1rem; display: flex; gap: .5rem 1rem; align-items: center; flex-wrap: wrap; }
header.top a.home { font-weight: 650; color: var(--text); text-decoration: none; margin-right: auto; padding: .35rem 0; }
header.top form { margin: 0; }
header.top .who { color: var(--soft); font-size: .9rem; overflow-wrap: anywhere; }
main { max-width: 46rem; margin: 0 auto; padding: 1.25rem 1rem 3rem; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: .25rem 0 .35rem; overflow-wrap: anywhere; }
h2 { font-size: 1.02rem; margin: 0 0 .6rem; }
p { margin: .4rem 0; }
.lead { color: var(--soft); overflow-wrap: anywhere; }
.lead strong { color: var(--text); }
.jump { margin-top: .8rem; font-weight: 550; }
.jump a { display: inline-block; padding: .3rem 0; }
.soft { color: var(--soft); }
.small { font-size: .88rem; }
section, .notice, details.more { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 1rem 1.1rem; margin: 1rem 0 0; }
.chips { display: flex; flex-wrap: wrap; gap: .4rem; margin: .8rem 0 0; padding: 0; list-style: none; }
.chips li { border: 1px solid var(--line); background: var(--card); border-radius: 999px; padding: .12rem .7rem; font-size: .88rem; font-weight: 550; overflow-wrap: anywhere; }
.chips li.danger { border-color: var(--no); color: var(--no); background: var(--no-back); }
.chips li.warn { border-color: var(--warn); color: var(--warn); background: var(--warn-back); }
.chips li.good { border-color: var(--yes); background: var(--good-back); }
.notice { border-left-width: 5px; }
.notice.good { border-left-color: var(--yes); background: var(--good-back); }
.notice.bad { border-left-color: var(--no); background: var(--no-back); }
.notice.warn { border-left-color: var(--warn); background: var(--warn-back); }
.notice p:first-child { margin-top: 0; } .notice p:last-child { margin-bottom: 0; }
dl { display: grid; grid-template-columns: minmax(7.5rem, 11rem) 1fr; gap: .45rem 1rem; margin: 0; }
dt { color: var(--soft); } dd { margin: 0; min-width: 0; overflow-wrap: anywhere; }
table { width: 100%; border-collapse: collapse; table-layout: fixed; }
th, td { text-align: left; vertical-align: top; padding: .5rem .5rem .5rem 0; border-top: 1px solid var(--line); overflow-wrap: anywhere; }
thead th { border-top: 0; padding-top: 0; color: var(--soft); font-weight: 500; font-size: .88rem; }
tbody th { font-weight: 550; }
table.pairs th:first-child { width: 36%; }
.mono { font: .92em/1.5 ui-monospace, "Cascadia Mono", Menlo, Consolas, "Liberation Mono", monospace; white-space: pre-wrap; overflow-wrap: anywhere; }
mark { background: var(--mark); color: var(--mark-text); border-radius: 3px; padding: 0 1px; }
.code { background: var(--code); border: 1px solid var(--line); border-radius: 4px; padding: 0 .25em; font: .82em ui-monospace, Menlo, Consolas, monospace; }
.cut { color: var(--warn); font-style: italic; }
ul.plain { list-style: none; padding: 0; margin: 0; } ul.plain li + li { border-top: 1px solid var(--line); margin-top: .6rem; padding-top: .6rem; }
ul.arns { margin: .15rem 0 .5rem; padding-left: 1.1rem; }
blockquote { margin: .35rem 0 0; padding: .1rem 0 .1rem .8rem; border-left: 3px solid var(--line); overflow-wrap: anywhere; }
label, legend { font-weight: 550; display: block; margin: 0 0 .3rem; padding: 0; }
fieldset { border: 0; padding: 0; margin: .9rem 0 0; min-width: 0; }
textarea, select { width: 100%; font: inherit; color: inherit; background: var(--back); border: 1px solid var(--soft); border-radius: 8px; padding: .55rem .7rem; }
textarea { min-height: 4.6rem; resize: vertical; }
.hint { color: var(--soft); font-size: .88rem; margin: .3rem 0 0; }
.row { display: flex; gap: .8rem; flex-wrap: wrap; } .row > * { flex: 1 1 9rem; }
button, a.button { font: inherit; font-weight: 650; border-radius: 10px; border: 2px solid transparent; padding: .7rem 1.2rem; cursor: pointer; min-height: 48px; text-decoration: none; display: inline-block; text-align: center; }
button.yes, a.button { background: var(--yes); color: var(--yes-text); width: 100%; margin-top: 1rem; }
button.no { background: transparent; border-color: var(--no); color: var(--no); width: 100%; margin-top: .8rem; }
button.quiet { background: transparent; border: 1px solid var(--line); color: var(--text); font-weight: 500; min-height: 40px; padding: .35rem .9rem; font-size: .9rem; }
details > summary { cursor: pointer; font-weight: 550; padding: .2rem 0; }
details[open] > summary { margin-bottom: .5rem; }
form details { margin-top: .8rem; }
.decide { display: grid; grid-template-columns: 1fr 1fr; gap: 1rem; margin-top: 1rem; }
.decide section { margin: 0; } .decide .yes-side { border-top: 5px solid var(--yes); } .decide .no-side { border-top: 5px solid var(--no); }
@media (max-width: 40rem) {
  main { padding: .9rem .8rem 2.5rem; }
  h1 { font-size: 1.3rem; }
  .decide { grid-template-columns: 1fr; }
  dl { grid-template-columns: 1fr; gap: 0; } dt { margin-top: .6rem; font-size: .88rem; } dt:first-child { margin-top: 0; }
  table.pairs thead { display: none; }
  table.pairs tr { display: block; border-top: 1px solid var(--line); padding: .45rem 0; } table.pairs tr:first-child { border-top: 0; }
  table.pairs th, table.pairs td { display: block; width: auto; border: 0; padding: 0; }
  table.pairs th:first-child { width: auto; color: var(--soft); font-size: .88rem; }
}
@media (forced-colors: active) { mark, .code { border: 1px solid; } }
`;
