// Lists that every event of a kind shares: parsers hand them over as they are, so that a line costs no array.

/** ECS `event.category` and `event.type` lists, one object each. */
export const AUTHENTICATION = ['authentication'] as const;
export const NETWORK = ['network'] as const;
export const SESSION = ['session'] as const;
export const PROCESS = ['process'] as const;
export const IAM = ['iam'] as const;
export const FILE = ['file'] as const;
export const HOST = ['host'] as const;
export const CONFIGURATION = ['configuration'] as const;

export const START = ['start'] as const;
export const END = ['end'] as const;
export const INFO = ['info'] as const;
export const CHANGE = ['change'] as const;
export const ACCESS = ['access'] as const;
export const CREATION = ['creation'] as const;
export const DELETION = ['deletion'] as const;
export const CONNECTION_START = ['connection', 'start'] as const;
export const CONNECTION_END = ['connection', 'end'] as const;
export const CONNECTION_DENIED = ['connection', 'denied'] as const;
