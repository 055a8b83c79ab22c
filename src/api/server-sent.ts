/** What an answer says of itself that is made of server-sent events (HTML Living Standard, 9.2); nginx is told to hold none of it back. */
export const STREAM_HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'x-accel-buffering': 'no',
} as const;

/** One event, with a JSON document as its data. */
export const serverSent = (event: string, data: unknown): string =>
  `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
