import * as z from 'zod';

// What the writer and the signer's process say to each other: one JSON object a line, on the process's standard input and output.

/** Asks for a signature; the answer has the same number. */
export const requestSchema = z.strictObject({
  id: z.number().int(),
  size: z.number().int().nonnegative(),
  root: z.base64(),
});

/** `hello` comes first, with the public key; then one answer for each request. */
export const answerSchema = z.union([
  z.strictObject({ hello: z.string() }),
  z.strictObject({ id: z.number().int(), line: z.string() }),
  z.strictObject({ id: z.number().int(), code: z.string(), message: z.string() }),
]);

export type SignerRequest = z.output<typeof requestSchema>;
export type SignerAnswer = z.output<typeof answerSchema>;
