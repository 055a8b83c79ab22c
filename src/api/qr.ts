import { encode } from 'uqr';
import { html, type Markup } from '../core/markup.ts';

/** A text as a QR code (ISO/IEC 18004), drawn: one path of dark squares on white. */
export function qrCode(text: string): Markup {
  const { data, size } = encode(text, { ecc: 'M', border: 4 });
  const dark = data.flatMap((row, y) => row.flatMap((isDark, x) => (isDark ? [`M${x} ${y}h1v1h-1z`] : [])));
  return html`<svg class="qr" role="img" aria-label="QR code for your authenticator" viewBox="0 0 ${size} ${size}" shape-rendering="crispEdges"><path d="${dark.join('')}"/></svg>`;
}
