import * as z from 'zod';
import { THINGS } from '../trace/trail/thing.ts';
import type { Trail } from '../trace/trail.ts';
import { type Mutable, type Same, storySchema } from './schema.ts';

const ids = (what: string) => z.array(z.string()).describe(`${what} Ids of \`hops\`.`);
const { shape } = storySchema;

/** The document of `spoor trace --json`, version 1: a `Trail`, each key with its meaning. */
export const trailSchema = z
  .strictObject({
    schema: z.literal('spoor.trace/1').describe('Name and version of this form.'),
    thing: z
      .strictObject({
        kind: z.enum(THINGS).describe('What kind of thing is followed.'),
        name: z.string().describe('As the evidence writes it.'),
      })
      .describe('What is followed.'),
    case: shape.case,
    verdict: shape.verdict,
    zone: shape.zone,
    before: ids('How its way began, from the first way in on.'),
    own: ids('Hops of the thing itself: by the address, to the host, as the user, with the key.'),
    after: ids('All that was touched from there.'),
    hops: shape.hops,
    entries: shape.entries,
    sessions: z.array(shape.sessions.element).describe('Its logins, and those of its hops.'),
    attackers: z
      .array(shape.attackers.element)
      .describe('The address itself, or the worst of those that tried the name or came to the host.'),
    attackersTotal: z.number().describe('How many there are, listed or not.'),
    campaigns: z.array(shape.campaigns.element).describe('Campaigns that the address belongs to.'),
    controllers: shape.controllers,
    findings: z.array(shape.findings.element).describe('What was noticed in those sessions, or on the host.'),
    missing: z.array(shape.missing.element).describe('Holes that could hide more of it.'),
    live: shape.live,
  })
  .describe('Everything known of one address, user, host or key.');

/** Fails to compile when the schema and `Trail` part ways. */
const inStep: Same<Mutable<z.output<typeof trailSchema>>, Mutable<Trail>> = true;
void inStep;
