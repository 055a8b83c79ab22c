import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const CONFIG = `
[req]
distinguished_name = dn
prompt = no
[dn]
CN = tsa.example
[ca]
basicConstraints = critical,CA:TRUE
[ext]
extendedKeyUsage = critical,timeStamping
[tsa]
default_tsa = tsa1
[tsa1]
dir = .
serial = serial
crypto_device = builtin
signer_cert = tsa.pem
certs = ca.pem
signer_key = tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ordering = yes
tsa_name = yes
ess_cert_id_chain = no
`;

/** A time-stamping authority (RFC 3161) in a folder: openssl's, with a certificate of two days under its own root, `ca.pem`. */
export interface TimestampAuthority {
  /** Runs openssl in the folder. Throws when it fails. */
  openssl(...args: readonly string[]): Buffer;
  /** What it answers to a query. */
  reply(query: Buffer): Buffer;
}

/** Makes one; the folder is made when it is not there. */
export function timestampAuthority(folder: string): TimestampAuthority {
  mkdirSync(folder, { recursive: true });
  const openssl = (...args: readonly string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  const said = (line: string) => openssl(...line.split(' '));
  writeFileSync(join(folder, 'tsa.cnf'), CONFIG);
  writeFileSync(join(folder, 'serial'), '01\n');
  const key = '-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -config tsa.cnf';
  said(`req -x509 ${key} -keyout ca.key -out ca.pem -days 2 -extensions ca -subj /CN=ca.example`);
  said(`req ${key} -keyout tsa.key -out tsa.csr`);
  said(
    'x509 -req -in tsa.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile tsa.cnf -extensions ext -out tsa.pem',
  );
  return {
    openssl,
    reply: (query) => {
      writeFileSync(join(folder, 'query.tsq'), query);
      said('ts -reply -config tsa.cnf -section tsa1 -queryfile query.tsq -out reply.tsr');
      return readFileSync(join(folder, 'reply.tsr'));
    },
  };
}
