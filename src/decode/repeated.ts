const REPEATED = /^message repeated (?<times>\d{1,7}) times: \[ ?(?<inner>.*)\]$/s;

/** What rsyslog writes for a message that came again and again (`$RepeatedMsgReduction`); null for any other. */
export function unfolded(message: string): { readonly times: number; readonly inner: string } | null {
  const groups = message.charCodeAt(0) === 109 ? REPEATED.exec(message)?.groups : undefined;
  return groups ? { times: Number(groups['times']), inner: groups['inner'] as string } : null;
}
