/** How Elasticsearch says no: the cause, and the status once more. */
export function errorOf(status: number, type: string, reason: string, more: object = {}): Record<string, unknown> {
  const cause = { type, reason, ...more };
  return { error: { root_cause: [cause], ...cause }, status };
}
