import type { Twin } from '../../core/markup.ts';

const NAMES = {
  en: new Intl.DisplayNames('en', { type: 'region', fallback: 'code' }),
  ko: new Intl.DisplayNames('ko', { type: 'region', fallback: 'code' }),
};
const CODE = /^[A-Z]{2}$/;

/** Name of a country by its ISO 3166-1 alpha-2 code, in both languages; what is no code stays as it is. */
export function countryName(code: string): Twin {
  if (!CODE.test(code)) return { en: code, ko: code };
  return { en: NAMES.en.of(code) ?? code, ko: NAMES.ko.of(code) ?? code };
}

/** ISO 3166-1 alpha-2 code of a numeric one (Unicode CLDR keeps them as aliases); '' when there is none. */
export function alpha2(numeric: string): string {
  if (!/^\d{3}$/.test(numeric)) return '';
  const [tag = ''] = Intl.getCanonicalLocales(`und-${numeric}`);
  const region = tag.slice(tag.lastIndexOf('-') + 1);
  return CODE.test(region) ? region : '';
}

/** Where countries lie that are too small for the map's 1:110 million outlines: longitude, latitude in degrees. */
export const SMALL_COUNTRIES: Readonly<Record<string, readonly [number, number]>> = {
  AD: [1.6, 42.5],
  AG: [-61.8, 17.1],
  AI: [-63.1, 18.2],
  AS: [-170.7, -14.3],
  AW: [-70, 12.5],
  AX: [20, 60.2],
  BB: [-59.5, 13.2],
  BH: [50.5, 26.1],
  BM: [-64.8, 32.3],
  BQ: [-68.3, 12.2],
  CK: [-159.8, -21.2],
  CV: [-23.6, 15.1],
  CW: [-69, 12.2],
  DM: [-61.4, 15.4],
  FM: [158.2, 6.9],
  FO: [-6.9, 62],
  GD: [-61.7, 12.1],
  GG: [-2.6, 49.5],
  GI: [-5.4, 36.1],
  GP: [-61.6, 16.2],
  GU: [144.8, 13.4],
  HK: [114.2, 22.3],
  IM: [-4.5, 54.2],
  JE: [-2.1, 49.2],
  KI: [173, 1.4],
  KM: [43.9, -11.9],
  KN: [-62.8, 17.3],
  KY: [-81.3, 19.3],
  LC: [-61, 13.9],
  LI: [9.6, 47.2],
  MC: [7.4, 43.7],
  MF: [-63.1, 18.1],
  MH: [171.2, 7.1],
  MO: [113.5, 22.2],
  MP: [145.7, 15.2],
  MQ: [-61, 14.6],
  MS: [-62.2, 16.7],
  MT: [14.4, 35.9],
  MU: [57.6, -20.3],
  MV: [73.5, 4.2],
  NR: [166.9, -0.5],
  NU: [-169.9, -19.1],
  PF: [-149.4, -17.7],
  PM: [-56.3, 46.9],
  PW: [134.6, 7.5],
  RE: [55.5, -21.1],
  SC: [55.5, -4.7],
  SG: [103.8, 1.4],
  SM: [12.5, 43.9],
  ST: [6.6, 0.2],
  SX: [-63.1, 18],
  TC: [-71.8, 21.8],
  TO: [-175.2, -21.1],
  TV: [179.2, -8.5],
  VA: [12.5, 41.9],
  VC: [-61.2, 13.3],
  VG: [-64.6, 18.4],
  VI: [-64.8, 18.3],
  WF: [-176.2, -13.3],
  WS: [-172.1, -13.8],
  YT: [45.2, -12.8],
  GF: [-53.1, 3.9],
};
