import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { geoCentroid, geoNaturalEarth1, geoPath } from 'd3-geo';
import { feature } from 'topojson-client';
import { alpha2, SMALL_COUNTRIES } from './countries.ts';

/** A country of the map. */
export interface Outline {
  /** ISO 3166-1 alpha-2; '' for what has no code. */
  readonly code: string;
  /** SVG path. */
  readonly path: string;
  /** Middle of its outline, or of the place where it is too small for one, in units of the drawing. */
  readonly middle: readonly [number, number];
}

export const MAP = { width: 960, height: 430 } as const;
/** Middles of countries whose lands lie far apart, where people would look for them: longitude, latitude. */
const MIDDLES: Readonly<Record<string, readonly [number, number]>> = {
  US: [-98, 39.5],
  FR: [2.5, 46.5],
  NO: [9, 61],
  NL: [5.3, 52.2],
  CA: [-106, 56],
};
// Kosovo has no number in ISO 3166, but a code that everybody uses.
const BY_NAME: Readonly<Record<string, string>> = { Kosovo: 'XK' };

type World = Parameters<typeof feature>[0] & {
  readonly objects: { readonly countries: Parameters<typeof feature>[1] };
};

const projection = geoNaturalEarth1().fitExtent(
  [
    [2, 2],
    [MAP.width - 2, MAP.height - 2],
  ],
  {
    type: 'MultiPoint',
    coordinates: [
      [-179.9, 0],
      [179.9, 0],
      [0, 83],
      [0, -57],
    ],
  },
);

function project(at: readonly [number, number]): readonly [number, number] {
  const [x = 0, y = 0] = projection([at[0], at[1]]) ?? [];
  return [Math.round(x * 10) / 10, Math.round(y * 10) / 10];
}

let outlines: readonly Outline[] | null = null;

/** Outlines of the world's countries (Natural Earth 1:110 million by world-atlas) in the Natural Earth projection. Without Antarctica. */
export function worldMap(): readonly Outline[] {
  outlines ??= readWorld();
  return outlines;
}

function readWorld(): Outline[] {
  const file = createRequire(import.meta.url).resolve('world-atlas/countries-110m.json');
  const world = JSON.parse(readFileSync(file, 'utf8')) as World;
  const found = feature(world, world.objects.countries);
  const features = found.type === 'FeatureCollection' ? found.features : [found];
  const path = geoPath(projection).digits(1);
  const drawn = features.flatMap((country): Outline[] => {
    const name = String(country.properties?.['name'] ?? '');
    const code = alpha2(String(country.id ?? '')) || (BY_NAME[name] ?? '');
    const outline = path(country);
    if (code === 'AQ' || !outline) return [];
    const [longitude, latitude] = geoCentroid(country);
    return [{ code, path: outline, middle: project(MIDDLES[code] ?? [longitude, latitude]) }];
  });
  const small = Object.entries(SMALL_COUNTRIES).map(([code, at]): Outline => ({ code, path: '', middle: project(at) }));
  return [...drawn, ...small];
}
