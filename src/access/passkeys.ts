import { AppError } from '../core/errors.ts';
import { CHALLENGE_MS, type Challenges, type ChallengeUse } from './challenges.ts';
import { type AssertionAnswer, isEmbedded, type RegistrationAnswer, saidChallenge } from './passkey-answers.ts';

/** For whom passkeys are made: they work at this name and these origins, and nowhere else (WebAuthn section 5.1.2). */
export interface RelyingParty {
  /** A host name: `spoor.example.org`. */
  readonly id: string;
  /** `https://spoor.example.org` */
  readonly origin: string;
}

const IP = /^(?:\d{1,3}(?:\.\d{1,3}){3}|\[.*\])$/;

/** The relying party of an address that people type; null where passkeys cannot be: without TLS (but on localhost), and at a bare IP address. */
export function relyingParty(url: URL): RelyingParty | null {
  const isSafe = url.protocol === 'https:' || url.hostname === 'localhost';
  return isSafe && !IP.test(url.hostname) ? { id: url.hostname, origin: url.origin } : null;
}

/** A passkey as it is kept. */
export interface KnownPasskey {
  /** base64url, as the browser says it. */
  readonly id: string;
  readonly personId: number;
  /** COSE. */
  readonly publicKey: Uint8Array<ArrayBuffer>;
  /** How often it was used, where it counts. */
  readonly counter: number;
  readonly transports: readonly string[];
  /** Of its owner. */
  readonly handle: Buffer;
}

/** A passkey that was just made. */
export interface NewPasskey extends Omit<KnownPasskey, 'personId' | 'handle'> {
  /** What kind of authenticator it is in; all zeros when it does not say. */
  readonly aaguid: string;
  /** Can it be on several devices of its owner? */
  readonly isSynced: boolean;
}

/** What a right answer said. */
export interface Assertion {
  readonly counter: number;
  /** The authenticator knows that it was its owner: by a finger, a face, a PIN. */
  readonly isVerified: boolean;
}

/** What is said of one who signs in; the same for whatever did not fit, as a stranger may ask. */
const REFUSED = 'this passkey was not accepted';
const TRANSPORTS = new Set(['ble', 'cable', 'hybrid', 'internal', 'nfc', 'smart-card', 'usb']);

/** Loaded when the first asks for it: it takes longer than all else that signs in. */
const webauthn = () => import('@simplewebauthn/server');

/** The ceremonies of WebAuthn level 3. Keeps nothing but which challenges were used. */
export class PasskeyCeremonies {
  readonly #party: RelyingParty;
  readonly #challenges: Challenges;

  constructor(party: RelyingParty, challenges: Challenges) {
    this.#party = party;
    this.#challenges = challenges;
  }

  /** Options for `navigator.credentials.create()`. `asked`: who is asked. `known`: those he has, which are not made twice. */
  async registration(who: {
    readonly asked: string;
    readonly name: string;
    readonly handle: Buffer;
    readonly known: readonly KnownPasskey[];
    readonly nowMs: number;
  }): Promise<object> {
    const { generateRegistrationOptions } = await webauthn();
    return generateRegistrationOptions({
      rpName: 'Spoor',
      rpID: this.#party.id,
      userName: who.name,
      userDisplayName: who.name,
      userID: new Uint8Array(who.handle),
      challenge: new Uint8Array(this.#challenges.make({ purpose: 'register', asked: who.asked }, who.nowMs)),
      timeout: CHALLENGE_MS,
      attestationType: 'none', // which maker's device people have is not our business
      excludeCredentials: who.known.map(described),
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    });
  }

  /** The passkey that an answer brings. Throws E_UNREADABLE when it is not one to what `asked` was asked, and when it comes a second time. */
  async register(answer: RegistrationAnswer, asked: string, nowMs: number): Promise<NewPasskey> {
    const challenge = this.#held(answer, { purpose: 'register', asked }, nowMs);
    const { verifyRegistrationResponse } = await webauthn();
    const { verified, registrationInfo: info } = await verifyRegistrationResponse({
      response: answer,
      expectedChallenge: challenge,
      expectedOrigin: this.#party.origin,
      expectedRPID: this.#party.id,
      requireUserVerification: true,
    }).catch(refused);
    if (!verified || !this.#challenges.use(challenge, nowMs)) throw new AppError('E_UNREADABLE', REFUSED);
    return {
      id: info.credential.id,
      publicKey: new Uint8Array(info.credential.publicKey),
      counter: info.credential.counter,
      transports: (info.credential.transports ?? []).filter((one) => TRANSPORTS.has(one)),
      aaguid: info.aaguid,
      isSynced: info.credentialDeviceType === 'multiDevice',
    };
  }

  /** Options for `navigator.credentials.get()`. `known`: those of somebody whose password was right; null: any, without a name. */
  async assertion(use: ChallengeUse, known: readonly KnownPasskey[] | null, nowMs: number): Promise<object> {
    const { generateAuthenticationOptions } = await webauthn();
    return generateAuthenticationOptions({
      rpID: this.#party.id,
      challenge: new Uint8Array(this.#challenges.make(use, nowMs)),
      timeout: CHALLENGE_MS,
      userVerification: known === null ? 'required' : 'discouraged',
      ...(known !== null && { allowCredentials: known.map(described) }),
    });
  }

  /**
   * Is it a right answer of this passkey? As a second factor it need not be sure of its owner: the password was. The counter is not
   * judged: it means something only once the signature is found right, and then the database judges it. Throws E_UNREADABLE when it is
   * none, and when it comes a second time.
   */
  async assert(answer: AssertionAnswer, use: ChallengeUse, known: KnownPasskey, nowMs: number): Promise<Assertion> {
    const challenge = this.#held(answer, use, nowMs);
    const isAlone = use.purpose === 'sign-in';
    const { userHandle } = answer.response;
    const isHis = userHandle !== undefined && Buffer.from(userHandle, 'base64url').equals(known.handle);
    if (!isHis && (isAlone || userHandle !== undefined)) throw new AppError('E_UNREADABLE', REFUSED);
    const { verifyAuthenticationResponse } = await webauthn();
    const { verified, authenticationInfo: info } = await verifyAuthenticationResponse({
      response: answer,
      expectedChallenge: challenge,
      expectedOrigin: this.#party.origin,
      expectedRPID: this.#party.id,
      credential: { id: known.id, publicKey: known.publicKey, counter: 0 },
      requireUserVerification: isAlone,
    }).catch(refused);
    if (!verified || !this.#challenges.use(challenge, nowMs)) throw new AppError('E_UNREADABLE', REFUSED);
    return { counter: info.newCounter, isVerified: info.userVerified };
  }

  #held(answer: RegistrationAnswer | AssertionAnswer, use: ChallengeUse, nowMs: number): string {
    const challenge = saidChallenge(answer.response.clientDataJSON);
    if (challenge === null || isEmbedded(answer.response.clientDataJSON)) throw new AppError('E_UNREADABLE', REFUSED);
    if (!this.#challenges.holds(challenge, use, nowMs))
      throw new AppError('E_UNREADABLE', 'that took too long, or was sent twice: try again');
    return challenge;
  }
}

function described({ id, transports }: KnownPasskey): { id: string; transports: string[] } {
  return { id, transports: [...transports] };
}

/** The library throws for whatever does not fit, with texts of the answer in it. */
function refused(cause: unknown): never {
  throw new AppError('E_UNREADABLE', REFUSED, { cause });
}
