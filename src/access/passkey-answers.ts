import * as z from 'zod';

// What a browser answers (WebAuthn level 3, section 5.1: RegistrationResponseJSON, AuthenticationResponseJSON). Anybody can send anything.

const text = (max: number) =>
  z
    .string()
    .max(max)
    .regex(/^[A-Za-z0-9_-]*$/);

/** WebAuthn section 4: at most 1023 bytes. */
const credentialId = text(1364).min(1);
const shared = {
  id: credentialId,
  rawId: credentialId,
  type: z.literal('public-key'),
};

/** The answer of `create()`. Keys that the browser may add, and that we do not use, are left out. */
export const registrationAnswer = z
  .object({
    ...shared,
    response: z.object({
      clientDataJSON: text(8000),
      attestationObject: text(40_000),
      transports: z.exactOptional(z.array(z.string().max(20)).max(10)),
    }),
  })
  .transform((answer) => ({ ...answer, clientExtensionResults: {} }));

/** The answer of `get()`. */
export const assertionAnswer = z
  .object({
    ...shared,
    response: z.object({
      clientDataJSON: text(8000),
      authenticatorData: text(8000),
      signature: text(8000),
      userHandle: z.exactOptional(text(88)), // 64 bytes at most
    }),
  })
  .transform((answer) => ({ ...answer, clientExtensionResults: {} }));

export type RegistrationAnswer = z.output<typeof registrationAnswer>;
export type AssertionAnswer = z.output<typeof assertionAnswer>;

const clientData = z.object({ challenge: z.string().max(200), crossOrigin: z.boolean().optional() });

/** The challenge that it says it answers; null when it cannot be read. Proves nothing yet. */
export function saidChallenge(clientDataJson: string): string | null {
  return readClientData(clientDataJson)?.challenge ?? null;
}

/** Was it made within a page of another site? */
export function isEmbedded(clientDataJson: string): boolean {
  return readClientData(clientDataJson)?.crossOrigin === true;
}

function readClientData(clientDataJson: string): z.output<typeof clientData> | null {
  try {
    return clientData.safeParse(JSON.parse(Buffer.from(clientDataJson, 'base64url').toString())).data ?? null;
  } catch {
    return null;
  }
}
