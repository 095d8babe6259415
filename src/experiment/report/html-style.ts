/**
 * The page's style sheet: one column of text at a readable length, figures and tables a little wider, light and dark by
 * preference, black on white in print. `--gf-ink` and `--gf-paper` are the names by which figures take the page's colours.
 */

/** Colours of the page, light and dark; text keeps 4.5:1 on paper and on shade in both modes. */
export const pageColours = {
  light: { paper: "#ffffff", shade: "#f5f7f9", ink: "#1b1f24", muted: "#59626d", rule: "#d8dde3", accent: "#005f94" },
  dark: { paper: "#14171a", shade: "#1c2126", ink: "#e6e8eb", muted: "#a3acb8", rule: "#343b43", accent: "#7cc4f5" },
} as const;

function variables(mode: keyof typeof pageColours): string {
  const { paper, ink } = pageColours[mode];
  const own = Object.entries(pageColours[mode]).map(([name, value]) => `--${name}:${value}`);
  return [`color-scheme:${mode}`, ...own, `--gf-paper:${paper}`, `--gf-ink:${ink}`].join(";");
}

export const pageStyle = `
:root{${variables("light")}}
@media (prefers-color-scheme:dark){:root{${variables("dark")}}}
*{box-sizing:border-box}
html{scroll-behavior:smooth;scroll-padding-top:1rem;-webkit-text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink);font:1rem/1.6 system-ui,"Segoe UI",Helvetica,Arial,sans-serif}
.page{max-width:58rem;margin:0 auto;padding:2.5rem 1.25rem 4rem}
header,main,footer{min-width:0}
h1{font-size:2rem;line-height:1.2;letter-spacing:-.015em;margin:0 0 .35rem;text-wrap:balance;overflow-wrap:anywhere}
h2{font-size:1.35rem;line-height:1.3;letter-spacing:-.01em;margin:3.25rem 0 .75rem;padding-top:1.1rem;border-top:1px solid var(--rule);overflow-wrap:anywhere}
p{margin:0 0 1rem;max-width:42rem;overflow-wrap:anywhere}
a{color:var(--accent);text-underline-offset:.15em}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px;border-radius:2px}
.subtitle{color:var(--muted);margin:0 0 1.5rem}
.lead{border-left:4px solid var(--accent);padding:.15rem 0 .15rem 1.1rem;margin:1.5rem 0 2rem}
.lead p{font-size:1.15rem;line-height:1.55;margin:0 0 .6rem}
.lead p:last-child{margin:0}
.skip{position:absolute;left:-999rem}
.skip:focus{left:1rem;top:1rem;background:var(--paper);padding:.5rem .75rem;z-index:1}
nav h2{font-size:.8rem;letter-spacing:.06em;text-transform:uppercase;color:var(--muted);border:0;margin:0 0 .35rem;padding:0}
nav ol{margin:0;padding:0;list-style:none;columns:16rem 2;column-gap:2rem;max-width:42rem}
nav li{padding:.1rem 0;break-inside:avoid}
nav a{text-decoration:none}
nav a:hover{text-decoration:underline}
figure{margin:1.75rem 0}
figcaption,caption,.notes,.about{font-size:.875rem;line-height:1.5;color:var(--muted)}
figcaption{margin-top:.4rem;max-width:42rem}
figcaption b,caption b{color:var(--ink)}
.scroll{overflow-x:auto}
figure svg{display:block;min-width:36rem;margin-left:-4px;color:inherit}
.tablebox{margin:1.75rem 0}
table{border-collapse:collapse;min-width:min(100%,24rem);font-size:.9rem;line-height:1.4;font-variant-numeric:tabular-nums lining-nums;border-bottom:1px solid var(--rule)}
caption{text-align:left;padding:0 0 .5rem}
caption span{display:inline-block;position:sticky;left:0;max-width:min(42rem,calc(100vw - 2.5rem))}
th,td{padding:.38rem .7rem;text-align:left;vertical-align:baseline;white-space:nowrap}
th:first-child,td:first-child{padding-left:.35rem}
thead th{white-space:normal;border-bottom:1.5px solid var(--ink);font-weight:600;vertical-align:bottom}
tbody th{font-weight:400}
tbody tr:nth-child(even){background:var(--shade)}
.right{text-align:right}
.center{text-align:center}
th button{font:inherit;color:inherit;background:none;border:0;padding:0;margin:0;cursor:pointer;text-align:inherit;position:relative}
th button::after{content:"";position:absolute;left:100%;bottom:0;padding-left:.15em;color:var(--accent)}
th[aria-sort=ascending] button::after{content:"▴"}
th[aria-sort=descending] button::after{content:"▾"}
.tools{font-size:.8rem;margin:.4rem 0 0;display:flex;gap:1rem;flex-wrap:wrap}
.tools button{font:inherit;color:var(--accent);background:none;border:0;padding:0;cursor:pointer;text-decoration:underline;text-underline-offset:.15em}
.notes{margin:.5rem 0 1rem;padding:0;list-style:none;max-width:42rem}
.notes li{margin:.15rem 0}
section>.notes{border-left:3px solid var(--rule);padding-left:.9rem}
dl{display:grid;grid-template-columns:minmax(7rem,auto) 1fr;gap:.3rem 1.25rem;margin:0 0 1.5rem;font-size:.9rem}
dt{color:var(--muted)}
dd{margin:0;overflow-wrap:anywhere;font-variant-numeric:tabular-nums}
pre{background:var(--shade);border:1px solid var(--rule);border-radius:4px;padding:.9rem 1rem;margin:0;overflow:auto;max-height:28rem;font:.82rem/1.5 ui-monospace,"SF Mono",Menlo,Consolas,monospace;tab-size:2}
h3{font-size:1rem;margin:1.5rem 0 .5rem}
footer{margin-top:3rem;padding-top:1rem;border-top:1px solid var(--rule)}
@media (max-width:30rem){.page{padding-top:1.5rem}h1{font-size:1.6rem}dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:.5rem}}
@media print{
:root{${variables("light")}}
.page{max-width:none;padding:0}
body{font-size:10pt}
.tools,.skip,nav{display:none}
.scroll{overflow:visible}
figure svg{min-width:0;max-width:100%}
figure,tr{break-inside:avoid}
h2,caption{break-after:avoid}
thead{display:table-header-group}
pre{max-height:none;white-space:pre-wrap}
a{color:inherit;text-decoration:none}
th button::after{content:none!important}
}
`.trim();
