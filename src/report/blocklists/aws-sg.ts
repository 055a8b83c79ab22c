import { CidrSet } from '../../core/cidr.ts';
import { type BlockForm, type BlockList, withMask } from '../block-form.ts';
import { number } from '../words.ts';

/** Rules that a network ACL takes of each family (VPC quotas: 20), less the one that denies at the end and the one that lets in. */
const ROOM = 18;
/** Before the rule that lets in, which AWS numbers 100 and 101; the families may not share numbers. */
const FIRST = { v4: 1, v6: 41 } as const;

/** The networks of the worst, as many as fit; in the order of the list. */
function worstOf(entries: readonly string[], worst: readonly string[]): string[] {
  if (entries.length <= ROOM) return [...entries];
  const chosen = new Set<string>();
  const whole = CidrSet.from(entries);
  const wide = entries.filter((entry) => entry.includes('/')).map((entry) => ({ entry, set: CidrSet.from([entry]) }));
  const single = new Set(entries);
  for (const address of worst) {
    if (chosen.size === ROOM) break;
    if (!whole.has(address)) continue;
    const found = single.has(address) ? address : wide.find(({ set }) => set.has(address))?.entry;
    if (found !== undefined) chosen.add(found);
  }
  for (const entry of entries) if (chosen.size < ROOM) chosen.add(entry);
  return entries.filter((entry) => chosen.has(entry));
}

function resource(entry: string, at: number, family: 'v4' | 'v6'): [name: string, resource: object] {
  const cidr = withMask(entry);
  const properties = {
    NetworkAclId: { Ref: 'NetworkAclId' },
    RuleNumber: FIRST[family] + at,
    Protocol: -1,
    RuleAction: 'deny',
    Egress: false,
    ...(family === 'v4' ? { CidrBlock: cidr } : { Ipv6CidrBlock: cidr }),
  };
  return [`Block${family.toUpperCase()}N${at + 1}`, { Type: 'AWS::EC2::NetworkAclEntry', Properties: properties }];
}

function write({ v4, v6, worst }: BlockList): string {
  const four = worstOf(v4, worst);
  const six = worstOf(v6, worst);
  const left = v4.length + v6.length - four.length - six.length;
  const more =
    left > 0
      ? ` ${number(left)} more did not fit (a network ACL takes 20 rules of a family): use aws-waf for all.`
      : '';
  const template = {
    AWSTemplateFormatVersion: '2010-09-09',
    Description: `Spoor: denies networks seen attacking. A security group can only allow, so these are rules of the network ACL before it.${more}`,
    Parameters: {
      NetworkAclId: {
        Type: 'String',
        AllowedPattern: '^acl-[0-9a-f]+$',
        Description: 'The network ACL of the subnets that the security groups are in. Its rules 1 to 58 must be free.',
      },
    },
    Resources: Object.fromEntries([
      ...four.map((entry, at) => resource(entry, at, 'v4')),
      ...six.map((entry, at) => resource(entry, at, 'v6')),
      ...(four.length + six.length === 0 ? [NOTHING] : []),
    ]),
  };
  return `${JSON.stringify(template, null, 2)}\n`;
}

/** A template must hold a resource: this one does nothing. */
const NOTHING: [string, object] = ['Nothing', { Type: 'AWS::CloudFormation::WaitConditionHandle' }];

/** What stands in for AWS security groups, which cannot deny: a CloudFormation template of network ACL entries. */
export default { name: 'aws-sg', expires: false, write } satisfies BlockForm;
