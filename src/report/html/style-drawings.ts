/** Hop graph, map and lanes. */
export const DRAWINGS = `
svg{display:block;max-width:100%;height:auto;font-family:inherit}
svg text{fill:var(--ink);font-size:13px}
.graph{min-width:640px}
.lanes{min-width:860px}
.node rect{fill:var(--sunken);stroke:var(--grey);stroke-width:1.5}
.n-known rect{stroke:var(--mark);fill:var(--bad-ground)}
.n-outside rect{fill:var(--ink);stroke:var(--ink)}
.n-outside text.name,.n-outside text.small,.n-outside tspan{fill:var(--paper)}
.n-unseen rect{stroke-dasharray:6 5;fill:var(--paper)}
svg .name{font-weight:650;font-size:15px}
svg text.small{font-size:12px;fill:var(--soft)}
.edge{fill:none;stroke:var(--mark);stroke-width:2}
.e-medium{stroke-width:1.6}
.e-low{stroke-dasharray:5 4;stroke-width:1.5}
.tip{fill:var(--mark)}
.split{display:grid;grid-template-columns:minmax(0,2.4fr) minmax(13rem,1fr);gap:1.5rem;align-items:start}
.land{fill:light-dark(#e3e7ed,#262d38);stroke:var(--paper);stroke-width:.6}
.l-1{fill:light-dark(#f3cfc9,#4a2a2b)}
.l-2{fill:light-dark(#eba79e,#6d3330)}
.l-3{fill:light-dark(#dd766b,#96403a)}
.l-4{fill:light-dark(#c4433a,#c14b42)}
.point{fill:light-dark(#7c1712,#ffb3ab);stroke:var(--paper);stroke-width:1.5}
.ring{fill:none;stroke:var(--mark);stroke-width:2.5}
svg .count{fill:light-dark(#fff,#2a0f0d);font-size:11px;font-weight:700;text-anchor:middle}
.lane{fill:var(--sunken)}
.stripe{fill:light-dark(#c98a13,#e0a93c)}
.hole{fill:url(#hatch);opacity:.55}
.bar rect{fill:var(--grey)}
.bar.theirs rect{fill:var(--mark)}
.mark{fill:var(--paper);stroke:var(--mark);stroke-width:2.5}
svg .who{text-anchor:end;font-size:12px;fill:var(--soft)}
.theirs .who{fill:var(--ink)}
svg .lane-host{font-weight:650}
.tick{stroke:var(--rule)}
svg .axis{font-size:11px;fill:var(--soft);text-anchor:middle;font-variant-numeric:tabular-nums}
@media(max-width:760px){.split{grid-template-columns:1fr}}
`;
