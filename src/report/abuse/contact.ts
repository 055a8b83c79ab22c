/** Whom a registry names for abuse of one range of addresses. */
export interface Contact {
  /** Plain mail addresses, the first to write to. */
  readonly mails: readonly string[];
  /** First and last address of the range, as the registry says. */
  readonly range: string;
  /** The registry's name of the network, printable. */
  readonly name: string;
  /** Host that answered. */
  readonly from: string;
  /** Those of the letter's addresses that it is for. */
  readonly addresses: readonly string[];
}

/** What look-ups said of one network. */
export interface Contacts {
  readonly found: readonly Contact[];
  /** Why there is nothing, or not for all; '' when all is well. */
  readonly problem: string;
}
