import { Html } from './html.ts'

export const STYLE = new Html(`
:root {
  --ground: #f6f7f9; --surface: #fff; --text: #1a1f36; --quiet: #59617a; --line: #d8dce6;
  --accent: #3b5bdb; --on-accent: #fff; --danger: #b42318; --danger-ground: #fef3f2;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #0f1218; --surface: #181c25; --text: #eceef4; --quiet: #a3abc0; --line: #323a4b;
    --accent: #91a7ff; --on-accent: #0f1218; --danger: #ffb4a9; --danger-ground: #3a1512;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--ground); color: var(--text); line-height: 1.5;
  font-family: system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif; font-size: 1rem;
}
.notice {
  margin: 0; padding: .5rem 1rem; text-align: center; font-size: .875rem;
  color: var(--quiet); border-bottom: 1px solid var(--line);
}
.notice strong { color: var(--text); margin-right: .25rem; }
main { display: grid; gap: 2rem; max-width: 60rem; margin: 0 auto; padding: 2rem 1rem 4rem; }
main.single { max-width: 32rem; display: block; }
@media (min-width: 48rem) { main { grid-template-columns: 1fr 1fr; gap: 4rem; padding-top: 4rem; } }
h1 { margin: 0 0 .5rem; font-size: 1.25rem; }
form > p:first-child { margin-top: 0; }
::placeholder { color: var(--quiet); opacity: 1; }
.total { margin: 0 0 2rem; font-size: 2.25rem; font-weight: 600; font-variant-numeric: tabular-nums; }
ul.items { list-style: none; margin: 0; padding: 0; }
ul.items li { display: flex; justify-content: space-between; gap: 1rem; padding: .75rem 0; border-top: 1px solid var(--line); }
ul.items .amount { font-variant-numeric: tabular-nums; white-space: nowrap; }
.quiet { color: var(--quiet); font-size: .875rem; }
form, .card {
  background: var(--surface); border: 1px solid var(--line); border-radius: .5rem; padding: 1.5rem;
}
label { display: block; margin-bottom: 1rem; font-size: .875rem; font-weight: 500; }
input {
  display: block; width: 100%; margin-top: .25rem; padding: .625rem .75rem; font: inherit; font-weight: 400;
  color: inherit; background: var(--ground); border: 1px solid var(--line); border-radius: .375rem;
}
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: 1rem; }
button, .button {
  display: block; width: 100%; padding: .75rem 1rem; font: inherit; font-weight: 600; text-align: center;
  text-decoration: none; cursor: pointer; border: 1px solid transparent; border-radius: .375rem;
  color: var(--on-accent); background: var(--accent);
}
button.second { margin-top: .5rem; color: var(--text); background: transparent; border-color: var(--line); }
input:focus-visible, button:focus-visible, a:focus-visible, summary:focus-visible {
  outline: 3px solid var(--accent); outline-offset: 2px;
}
[role=alert] {
  margin: 0 0 1rem; padding: .75rem; border-radius: .375rem; color: var(--danger); background: var(--danger-ground);
}
details { margin-top: 2rem; }
summary { cursor: pointer; font-weight: 500; }
table { width: 100%; border-collapse: collapse; font-size: .875rem; }
td { padding: .375rem 0; border-top: 1px solid var(--line); vertical-align: top; }
td:first-child { padding-right: 1rem; white-space: nowrap; font-variant-numeric: tabular-nums; }
`)
