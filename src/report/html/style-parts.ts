/** Verdict, lists, tables, cards. */
export const PARTS = `
.verdict{border-radius:14px;padding:clamp(1.3rem,3.5vw,2.75rem);background:var(--paper);border:1px solid var(--rule);border-top:6px solid var(--grey)}
.v-breached{background:var(--bad-ground);border-color:var(--bad-rule);border-top-color:var(--mark)}
.v-attacked{border-top-color:light-dark(#c98a13,#e0a93c)}
.v-quiet{background:var(--good-ground);border-top-color:light-dark(#2c8a50,#4fae74)}
.badges{display:flex;flex-wrap:wrap;gap:.6rem;align-items:center}
.badge{background:var(--ink);color:var(--paper);font-weight:700;font-size:.8rem;letter-spacing:.06em;text-transform:uppercase;padding:.28rem .7rem;border-radius:6px}
.v-breached .badge{background:light-dark(#b1201a,#ff9a90);color:light-dark(#fff,#2a0f0d)}
h1{font-size:clamp(1.9rem,4.6vw,3.1rem);line-height:1.12;letter-spacing:-.025em;margin:.9rem 0 .7rem;text-wrap:balance}
.verdict .lead{font-size:clamp(1.05rem,1.7vw,1.28rem);line-height:1.5;max-width:62ch}
.why{margin-top:1.4rem;padding-top:1.1rem;border-top:1px solid var(--rule)}
.v-breached .why{border-color:var(--bad-rule)}
.why h2{font-size:.84rem;color:var(--soft);font-weight:600;margin-bottom:.35rem;letter-spacing:0}
.reasons{max-width:78ch}
.reasons li{position:relative;padding-left:1.05rem}
.reasons li::before{content:"";position:absolute;left:.1rem;top:.66em;width:.34rem;height:.34rem;border-radius:50%;background:var(--grey)}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(9.2rem,1fr));gap:.75rem}
.tile{display:flex;flex-direction:column-reverse;justify-content:flex-end;background:var(--paper);border:1px solid var(--rule);border-radius:12px;padding:.9rem 1.05rem}
.tile dd{font-size:1.6rem;font-weight:650;line-height:1.2;letter-spacing:-.02em;font-variant-numeric:tabular-nums}
.tile dd small{font-size:.84rem;font-weight:400;color:var(--soft);letter-spacing:0}
.tile dt{font-size:.84rem;color:var(--soft);line-height:1.35}
.tile.grave dd{color:var(--bad)}
.sure,.pill{display:inline-block;font-size:.76rem;line-height:1.3;border:1px solid var(--rule);border-radius:99px;padding:.08rem .55rem;color:var(--soft);background:var(--paper);white-space:nowrap;font-weight:500;vertical-align:.1em}
p.sure{margin-top:.4rem}
.pill.bad{color:var(--bad);border-color:var(--bad-rule);background:var(--bad-ground)}
.s-low{border-style:dashed}
.card{border:1px solid var(--rule);border-radius:12px;padding:1.1rem 1.25rem;background:var(--sunken)}
.card.grave{border-color:var(--bad-rule);background:var(--bad-ground)}
.card h3{margin-top:0}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,25rem),1fr));gap:1rem;align-items:start}
.card .lead{font-size:1.05rem}
.steps{counter-reset:step;display:grid;gap:.55rem}
.steps li{counter-increment:step;position:relative;padding-left:2.2rem}
.steps li::before{content:counter(step);position:absolute;left:0;top:.05rem;width:1.5rem;height:1.5rem;border-radius:50%;background:var(--bad);color:var(--bad-ground);font-size:.8rem;font-weight:700;display:grid;place-items:center}
.proof h3{font-size:.84rem;color:var(--soft);font-weight:600;margin:1rem 0 .3rem}
.raw{background:var(--sunken);border:1px solid var(--rule);border-radius:8px;padding:.65rem .8rem;display:grid;gap:.5rem;margin:.4rem 0}
.proof .raw{background:var(--paper)}
.raw li{min-width:0}
.raw .cite{display:block;font-size:.76rem}
.raw code{white-space:pre-wrap}
.cite{color:var(--soft)}
summary{cursor:pointer}
.ev summary,.long>summary{color:var(--link);font-size:.86rem;width:fit-content}
.ev{margin-top:.3rem}
.long{margin-top:.7rem}
.scroll{overflow-x:auto;margin:0 -.25rem;padding:0 .25rem}
table{border-collapse:collapse;width:100%;font-size:.9rem}
th{text-align:left;font-size:.78rem;font-weight:600;color:var(--soft);padding:.35rem .9rem .35rem 0;white-space:nowrap;border-bottom:1px solid var(--rule)}
td{padding:.6rem .9rem .6rem 0;border-bottom:1px solid var(--rule);vertical-align:top}
tr:last-child td{border-bottom:0}
td.when,td.mono,.entries tr:not(.under) td{white-space:nowrap}
.scroll td{min-width:5rem}
td.wide{min-width:17rem;width:45%}
tr:has(+.under) td{border-bottom:0;padding-bottom:.1rem}
.under td{padding-top:0}
.num{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap;padding-right:0;padding-left:.9rem}
tr.theirs td:first-child{box-shadow:inset 3px 0 var(--mark);padding-left:.7rem}
.path{min-width:16rem}
.hash{font-size:.72rem;color:var(--soft)}
.day{font-size:.84rem;color:var(--soft);font-weight:600;border-bottom:1px solid var(--rule);padding-bottom:.35rem}
.row{border-bottom:1px solid var(--rule);padding:.1rem 0}
.row:last-child{border-bottom:0}
.line{display:grid;grid-template-columns:5.2rem 6.5rem minmax(0,1fr) minmax(0,16rem);gap:.1rem .9rem;padding:.45rem 0;align-items:baseline}
.dated .line{grid-template-columns:8.6rem 6.5rem minmax(0,1fr) minmax(0,16rem)}
.holes .line{grid-template-columns:6.5rem minmax(0,1fr) minmax(0,18rem)}
.line::-webkit-details-marker{display:none}
summary.line{list-style:none}
summary.line:hover .what{text-decoration:underline;text-decoration-color:var(--grey);text-underline-offset:3px}
.when{color:var(--soft);font-variant-numeric:tabular-nums;white-space:nowrap}
.host{font-weight:600}
.line .cite{font-size:.76rem;text-align:right}
summary .cite::after{content:" ▸";color:var(--soft)}
details[open]>summary .cite::after{content:" ▾"}
.what .faint{font-weight:400}
.t-bad{color:var(--bad);font-weight:600}
.t-strong{font-weight:600}
.t-faint{color:var(--soft)}
.techs{display:flex;flex-wrap:wrap;gap:.1rem 1rem;font-size:.78rem;color:var(--soft);padding:0 0 .45rem 13.5rem}
.dated .techs{padding-left:16.9rem}
.id{color:var(--link);text-decoration:none}
.hops{margin-top:1.2rem;display:grid;gap:.2rem}
.hop{border-top:1px solid var(--rule);padding:.8rem 0}
.actions{counter-reset:action;display:grid;gap:1.1rem}
.actions>li{counter-increment:action;position:relative;padding-left:2.6rem}
.actions>li::before{content:counter(action);position:absolute;left:0;top:-.05rem;width:1.7rem;height:1.7rem;border-radius:50%;border:1.5px solid var(--ink);font-size:.85rem;font-weight:700;display:grid;place-items:center}
.order{font-size:1.03rem}
.command{user-select:all;-webkit-user-select:all;margin:.4rem 0 0;padding:.6rem .8rem;border-radius:8px;background:light-dark(#1b212b,#0a0d12);color:#eef2f8;white-space:pre-wrap;overflow-wrap:anywhere}
.facts{display:grid;gap:.3rem;margin:.9rem 0 .2rem;font-size:.9rem}
.facts>div{display:grid;grid-template-columns:9.5rem minmax(0,1fr);gap:.75rem}
.facts dt{color:var(--soft)}
.chips code{background:var(--sunken);border:1px solid var(--rule);border-radius:5px;padding:0 .3rem;line-height:1.7}
.card .chips code{background:var(--paper)}
.columns{columns:13rem;font-size:.8rem;padding:.6rem 0}
.columns span{display:block;break-inside:avoid}
.why-you>div:first-child h3{margin-top:0}
.motives{display:grid;gap:.9rem}
.motive{border-left:3px solid var(--rule);padding-left:1rem;max-width:80ch}
.mend{color:var(--good)}
.mend .label{font-weight:700}
.made{display:grid;gap:.45rem;max-width:78ch;color:var(--soft)}
@media(max-width:760px){
body{font-size:15px}
.line,.dated .line,.holes .line{grid-template-columns:auto 1fr;gap:.05rem .7rem}
.line .what,.line .cite{grid-column:1/-1;text-align:left}
.techs,.dated .techs{padding-left:0}
.facts>div{grid-template-columns:1fr;gap:0}
.facts dd{margin-bottom:.3rem}
.tiles{grid-template-columns:1fr 1fr}
.top .brand{width:100%}
}
`;
