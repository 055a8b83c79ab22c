import * as z from 'zod';

/** An instant or null, with its meaning. */
export const instant = (what: string) =>
  z.iso.datetime().nullable().describe(`${what} RFC 3339, UTC; null when unknown.`);

/** How sure something is. */
export const confidence = (what: string) => z.enum(['high', 'medium', 'low']).describe(what);

/** Where a claim comes from. */
export const citation = z
  .strictObject({
    file: z.string().describe('Path of the input as it was handed in.'),
    line: z.number().describe('1-based line (record, for binary logs).'),
    raw: z.string().describe('The line as it stood. Text of a stranger: handle with care.'),
  })
  .describe('A line of an input.');

/** Lines that show it. */
export const evidence = z.array(citation).describe('The lines that show it, or some of them.');

/** Where an address is and whose it is. */
export const place = z
  .strictObject({
    country: z.string().exactOptional().describe('ISO 3166-1 alpha-2.'),
    asn: z.number().exactOptional().describe('Number of the autonomous system.'),
    organisation: z.string().exactOptional().describe('Who runs it.'),
  })
  .describe('Where the address is and whose it is; absent parts are unknown.');

/** ATT&CK ids. */
export const techniques = z.array(z.string()).describe('MITRE ATT&CK technique ids.');
