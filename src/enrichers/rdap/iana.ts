/** IANA's registries of RDAP servers (RFC 9224 §4). */
export const IANA_BOOTSTRAP = 'https://data.iana.org/rdap/';
