import { DRAWINGS } from './style-drawings.ts';
import { PARTS } from './style-parts.ts';
import { PRINT } from './style-print.ts';

// Colours are pairs for light and dark, chosen so that text has a contrast of 4.5 at least on each ground (WCAG 2.2 AA).
const COLOURS = `
:root{color-scheme:light dark;
--ground:light-dark(#f5f6f8,#0e1116);--paper:light-dark(#fff,#161a21);--sunken:light-dark(#f2f4f7,#10141a);
--ink:light-dark(#14181f,#e9ecf1);--soft:light-dark(#4a5361,#a7b0be);--rule:light-dark(#dde1e8,#2a313c);
--bad:light-dark(#b1201a,#ff9a90);--bad-ground:light-dark(#fdf0ee,#2a1516);--bad-rule:light-dark(#e9b6b1,#6b2b29);
--warn:light-dark(#7a4b00,#f0c05a);--good:light-dark(#1b6a3a,#7ed49b);--good-ground:light-dark(#edf8f0,#12241a);
--link:light-dark(#1b5aa6,#8fbcff);--mark:light-dark(#c9342b,#f2695e);--grey:light-dark(#8b95a4,#6c7788)}
:root:has(#theme-light:checked){color-scheme:light}
:root:has(#theme-dark:checked){color-scheme:dark}
:root:not(:has(#lang-ko:checked)) .ko,:root:has(#lang-ko:checked) .en{display:none}
`;

const BASE = `
*{box-sizing:border-box}
html{scroll-behavior:smooth;scroll-padding-top:1rem;-webkit-text-size-adjust:100%}
body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.55 -apple-system,"Segoe UI",Roboto,"Noto Sans","Liberation Sans",system-ui,"Noto Sans KR","Apple SD Gothic Neo","Malgun Gothic","Noto Sans CJK KR",sans-serif;overflow-wrap:anywhere}
:lang(ko){word-break:keep-all}
.mono,code,.cite,.id,.hash,pre{font-family:ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono","Liberation Mono","D2Coding","Noto Sans Mono CJK KR",monospace;font-size:.88em;word-break:normal}
a{color:var(--link)}
:focus-visible{outline:2px solid var(--link);outline-offset:2px;border-radius:4px}
h1,h2,h3,h4,p,ul,ol,dl,dd{margin:0;padding:0}
ul,ol{list-style:none}
h2{font-size:1.35rem;line-height:1.25;letter-spacing:-.01em;margin-bottom:1rem}
h3{font-size:1.02rem;line-height:1.35;margin:1.5rem 0 .6rem}
h4{font-size:.82rem;color:var(--soft);font-weight:600;margin:.9rem 0 .25rem}
.note{color:var(--soft);max-width:70ch;margin:0 0 1rem}
.note.small,.small{font-size:.84rem}
.faint{color:var(--soft)}
.bad{color:var(--bad)}
.warn{color:var(--warn)}
.skip,.hidden{position:absolute;left:-99rem}
.skip:focus{left:1rem;top:1rem;background:var(--paper);padding:.5rem 1rem;z-index:2}
.top{display:flex;flex-wrap:wrap;gap:.5rem 1.5rem;align-items:center;max-width:1440px;margin:0 auto;padding:1rem clamp(1rem,3vw,2.5rem)}
.brand{font-weight:700;letter-spacing:-.01em;margin-right:auto}
.brand .faint{font-weight:400}
.switches{display:flex;flex-wrap:wrap;gap:.5rem 1rem}
fieldset{border:0;margin:0;padding:0;display:flex;align-items:center}
legend{position:absolute;left:-99rem}
fieldset label{position:relative;padding:.28rem .75rem;border:1px solid var(--rule);background:var(--paper);font-size:.84rem;cursor:pointer;margin-left:-1px;color:var(--soft)}
fieldset label:first-of-type{border-radius:7px 0 0 7px}
fieldset label:last-of-type{border-radius:0 7px 7px 0}
fieldset input{position:absolute;opacity:0;inset:0;margin:0;cursor:pointer}
fieldset label:has(:checked){background:var(--ink);color:var(--paper);border-color:var(--ink)}
fieldset label:has(:focus-visible){outline:2px solid var(--link);outline-offset:2px;z-index:1}
.frame{max-width:1440px;margin:0 auto;padding:0 clamp(1rem,3vw,2.5rem) 3rem;display:grid;grid-template-columns:minmax(0,1fr);gap:1.25rem}
nav{min-width:0}
nav ol{display:flex;gap:.3rem 1.1rem;font-size:.88rem;overflow-x:auto;white-space:nowrap;padding-bottom:.2rem}
nav a{color:var(--soft);text-decoration:none}
nav a:hover{color:var(--ink);text-decoration:underline}
@media(min-width:1180px){
.frame{grid-template-columns:12.5rem minmax(0,1fr);gap:2.5rem}
nav{position:sticky;top:1.5rem;align-self:start}
nav ol{flex-direction:column;gap:.1rem;white-space:normal;overflow:visible}
nav a{display:block;padding:.22rem 0 .22rem .8rem;border-left:2px solid var(--rule)}
nav a:hover{border-color:var(--ink)}
}
main{display:grid;grid-template-columns:minmax(0,1fr);gap:1.25rem;min-width:0}
section{background:var(--paper);border:1px solid var(--rule);border-radius:14px;padding:clamp(1.1rem,2.5vw,2rem);min-width:0}
footer{max-width:1440px;margin:0 auto;padding:0 clamp(1rem,3vw,2.5rem) 3rem;color:var(--soft);font-size:.84rem}
`;

/** The whole style sheet. It is the same for every story, so that its digest is. */
export const STYLE = [COLOURS, BASE, PARTS, DRAWINGS, PRINT].join('').replaceAll('\n', '');
