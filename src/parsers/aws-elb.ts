import { canonicalIp } from '../core/ip.ts';
import type { LineContext, LineParser, Parsed } from '../core/stages.ts';
import { StampReader } from '../core/stamp.ts';
import { closingQuote } from './web/quoted.ts';
import { requestFields } from './web/request-event.ts';
import { splitOrigin } from './web/url.ts';

// "Access logs for your Application Load Balancer" and "… Classic Load Balancer" in the AWS documentation. The Classic one
// has no type in front. client:port is written by the balancer.
const HEAD =
  /^(?:(?<type>https?|h2|grpcs|wss?) )?(?<stamp>\d{4}-\d\d-\d\dT[\d:.]{8,16}Z) (?<balancer>\S{1,255}) (?<peer>[\d.]{7,15}|[\da-f:]{2,39}|\[[\da-f:]{2,39}\]):(?<port>\d{1,5}) \S{1,64} (?:-?[\d.]{1,12} ){3}(?<status>\d{3}|-) (?:\d{3}|-) \d{1,18} (?<sent>\d{1,15}) "/i;

/** Access logs of AWS load balancers. */
export default {
  kind: 'line',
  name: 'aws-elb',
  parse(line: string, context: LineContext): Parsed | null {
    const head = HEAD.exec(line.slice(0, 1024));
    const parts = head?.groups;
    if (!head || !parts) return null;
    const stamp = new StampReader(context.zone, context.year);
    const close = closingQuote(line, head[0].length);
    if (stamp.read(parts['stamp'] as string, 0) === -1 || close === -1) return null;
    const address = (parts['peer'] as string).replace(/^\[|\]$/g, '');
    const agentEnd = line.startsWith(' "', close + 1) ? closingQuote(line, close + 3) : -1;
    const { time, certainty } = stamp;
    const fields = requestFields({
      peer: {
        address,
        ip: canonicalIp(address) ?? undefined,
        port: Number(parts['port']),
        domain: undefined,
        user: undefined,
      },
      request: splitOrigin(line.slice(head[0].length, close)).request,
      status: parts['status'] === '-' ? undefined : Number(parts['status']),
      bytes: Number(parts['sent']),
      referrer: '',
      userAgent: agentEnd === -1 ? '' : line.slice(close + 3, agentEnd),
    });
    return { time, certainty, fields };
  },
} satisfies LineParser;
