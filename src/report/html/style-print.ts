/** On paper: light, everything opened, no switches, nothing torn apart that belongs together. */
export const PRINT = `
@page{margin:16mm 14mm}
@media print{
:root,:root:has(#theme-dark:checked){color-scheme:light}
body{background:#fff;font-size:10.5pt}
.switches,nav,.skip{display:none}
.frame{display:block;padding:0;max-width:none}
.top,footer{padding:0 0 4mm;max-width:none}
main{display:block}
section,.verdict{border-radius:0;border-width:0;padding:0;margin:0 0 9mm}
section{border-top:1pt solid #999;padding-top:4mm}
.verdict{border-left:4pt solid #999;padding:2mm 0 2mm 5mm;background:none}
.v-breached{border-left-color:#c9342b}
.tiles{grid-template-columns:repeat(3,1fr);margin-bottom:8mm}
h2,h3,h4,.day{break-after:avoid}
.card,.tile,.row,.hop,.motive,tr,.actions>li,svg{break-inside:avoid}
details::details-content{content-visibility:visible;block-size:auto;display:block}
summary .cite,.ev>summary,.long .ev{display:none}
table{font-size:8.5pt}
.scroll{overflow:visible}
.graph,.lanes{min-width:0;width:100%}
td.wide,.scroll td,.path{min-width:0}
td.when,td.mono,.entries tr:not(.under) td{white-space:normal}
.sure,.pill{white-space:normal}
.cards{display:block}
.card{margin-bottom:4mm}
.columns{font-size:7.5pt}
.command{background:#f2f4f7;color:#14181f;border:.5pt solid #bbb}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}
}
`;
