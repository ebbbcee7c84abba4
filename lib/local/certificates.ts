// The local certificate authority: signs for this machine and for AWS's host names, so that every hop speaks real TLS.
// Its key never leaves the data directory. What trusts it is told so by a file (`ca.pem`), never the system's store.

import { webcrypto, X509Certificate } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSecureContext, type SecureContext, type TlsOptions } from "node:tls";
import * as x509 from "@peculiar/x509";

export interface LocalAuthority {
  readonly caPem: string;
  /** For AWS_CA_BUNDLE, NODE_EXTRA_CA_CERTS and the like. */
  readonly caFile: string;
  /** For servers on `localhost` and 127.0.0.1: their own certificate by default, AWS's names by SNI. */
  readonly server: Required<Pick<TlsOptions, "cert" | "key" | "SNICallback">>;
  /** Removes what was made only for this run. */
  close(): void;
}

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const DAY = 86_400_000; // milliseconds
const CA_LIFE = 3650 * DAY;
const LEAF_LIFE = 90 * DAY; // made anew at each start; some clients refuse more than 825 days
const CA_LEFT_AT_LEAST = 100 * DAY; // never shorter than a leaf

const AWS_NAME =
  /^(?:[a-z0-9_-]+\.)+(?:amazonaws\.com|amazonaws\.com\.cn|api\.aws|api\.amazonwebservices\.com\.cn)$/;
/** The one name that is not AWS's and has a stand-in (aws/slack.ts). */
export const SLACK_NAME = "slack.com";
const LOCAL_NAMES = ["localhost", "127.0.0.1", "::1"];

/** True for a host name that belongs to AWS: the local cloud answers it, and nothing else outside this machine. */
export function isAwsName(host: string): boolean {
  return AWS_NAME.test(host.toLowerCase());
}

/** Opens the authority kept in `dataDirectory`, or makes one; without a directory it lasts for this run only. */
export async function openAuthority(dataDirectory: string | undefined): Promise<LocalAuthority> {
  const directory = dataDirectory ?? mkdtempSync(join(tmpdir(), "countersign-"));
  mkdirSync(directory, { recursive: true });
  const caFile = join(directory, "ca.pem");
  const ca = (await loadAuthority(directory)) ?? (await makeAuthority(directory));
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const key = await pemOfKey(keys.privateKey);
  const contexts = new Map<string, Promise<SecureContext>>();
  const contextFor = (name: string): Promise<SecureContext> => {
    const known = contexts.get(name);
    if (known !== undefined) return known;
    const made = signLeaf(ca, keys.publicKey, [name]).then((cert) => createSecureContext({ cert, key }));
    contexts.set(name, made);
    return made;
  };
  const SNICallback: LocalAuthority["server"]["SNICallback"] = (name, done) => {
    // The name is the client's; only names that we stand in for get a certificate.
    if (!isAwsName(name) && name !== SLACK_NAME) return done(null);
    contextFor(name.toLowerCase()).then((context) => done(null, context), done);
  };
  return {
    caPem: ca.pem,
    caFile,
    server: { cert: await signLeaf(ca, keys.publicKey, LOCAL_NAMES), key, SNICallback },
    close: () => {
      if (dataDirectory === undefined) rmSync(directory, { recursive: true, force: true });
    },
  };
}

interface Authority {
  readonly pem: string;
  readonly certificate: x509.X509Certificate;
  readonly privateKey: webcrypto.CryptoKey;
}

/** Returns `undefined` when there is none, or when it would expire before what it signs. */
async function loadAuthority(directory: string): Promise<Authority | undefined> {
  const pem = readOrUndefined(join(directory, "ca.pem"));
  const keyPem = readOrUndefined(join(directory, "ca-key.pem"));
  if (pem === undefined || keyPem === undefined) return undefined;
  if (new X509Certificate(pem).validToDate.getTime() < Date.now() + CA_LEFT_AT_LEAST) return undefined;
  const der = Buffer.from(keyPem.replace(/-----[A-Z ]+-----/g, ""), "base64");
  const privateKey = await webcrypto.subtle.importKey("pkcs8", der, ALGORITHM, false, ["sign"]);
  return { pem, certificate: new x509.X509Certificate(pem), privateKey };
}

async function makeAuthority(directory: string): Promise<Authority> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: "CN=Countersign local cloud",
    ...validity(CA_LIFE),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      // Python 3.13 and later verify strictly: without the two key identifiers the chain is refused.
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  const pem = `${certificate.toString("pem")}\n`;
  writeFileSync(join(directory, "ca-key.pem"), await pemOfKey(keys.privateKey), { mode: 0o600 });
  writeFileSync(join(directory, "ca.pem"), pem);
  return { pem, certificate, privateKey: keys.privateKey };
}

async function signLeaf(
  ca: Authority,
  publicKey: webcrypto.CryptoKey,
  names: readonly string[],
): Promise<string> {
  const certificate = await x509.X509CertificateGenerator.create({
    subject: "CN=Countersign local cloud, server",
    issuer: ca.certificate.subject,
    ...validity(LEAF_LIFE),
    signingAlgorithm: ALGORITHM,
    publicKey,
    signingKey: ca.privateKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(
        names.map((value) => ({ type: /[:]|^[0-9.]+$/.test(value) ? "ip" : "dns", value })),
      ),
      await x509.AuthorityKeyIdentifierExtension.create(ca.certificate.publicKey),
      await x509.SubjectKeyIdentifierExtension.create(publicKey),
    ],
  });
  return certificate.toString("pem");
}

/** An hour back, since clocks inside virtual machines lag. */
function validity(life: number): { readonly notBefore: Date; readonly notAfter: Date } {
  return { notBefore: new Date(Date.now() - 3_600_000), notAfter: new Date(Date.now() + life) };
}

async function pemOfKey(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", key));
  const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN PRIVATE KEY-----\n${lines.join("\n")}\n-----END PRIVATE KEY-----\n`;
}

function readOrUndefined(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
