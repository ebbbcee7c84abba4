// The branded identifiers. A brand is given by the parser or issuer that checked the form, and by nobody else.

declare const brand: unique symbol;
type Brand<Name extends string> = string & { readonly [brand]: Name };

/** 26 characters of RFC 4648 base32 (upper case, no padding): 128 random bits. Also the RoleSessionName. */
export type SessionId = Brand<"SessionId">;

/** `CSGN` + session id: what a client uses as AWS_ACCESS_KEY_ID. Never `AKIA...` or `ASIA...`: those are AWS's. */
export type KeyId = Brand<"KeyId">;

/** `arn:<partition>:iam::<12 digits>:role/<path and name>`. */
export type RoleArn = Brand<"RoleArn">;

const KEY_ID_PREFIX = "CSGN";

const SESSION_ID = /^[A-Z2-7]{26}$/;
const ROLE_ARN = /^arn:aws[a-z-]{0,20}:iam::[0-9]{12}:role\/[\w+=,.@/-]{1,512}$/;

/** Returns the session id, or `undefined` when the text does not have its form. */
export function parseSessionId(text: string): SessionId | undefined {
  return SESSION_ID.test(text) ? (text as SessionId) : undefined;
}

/** Returns the session id inside a Countersign key id, or `undefined` for any other text. */
export function sessionIdOfKey(text: string): SessionId | undefined {
  return text.startsWith(KEY_ID_PREFIX) ? parseSessionId(text.slice(KEY_ID_PREFIX.length)) : undefined;
}

const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"; // RFC 4648
const SESSION_BYTES = 16;

/** The session id of 128 bits: 26 characters, the last of which carries 3 bits. @throws for any other length. */
export function sessionIdOfBytes(bytes: Uint8Array): SessionId {
  if (bytes.length !== SESSION_BYTES) throw new Error("a session id is made of 16 bytes");
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  const groups = bits.match(/.{1,5}/g) ?? [];
  return groups.map((group) => BASE32[Number.parseInt(group.padEnd(5, "0"), 2)]).join("") as SessionId;
}

export function keyIdOf(session: SessionId): KeyId {
  return `${KEY_ID_PREFIX}${session}` as KeyId;
}

/** Returns the role ARN, or `undefined` when the text is not the ARN of one IAM role. */
export function parseRoleArn(text: string): RoleArn | undefined {
  return ROLE_ARN.test(text) ? (text as RoleArn) : undefined;
}

export interface RoleArnParts {
  readonly partition: string;
  readonly account: string;
}

export function partsOfRole(arn: RoleArn): RoleArnParts {
  const [, partition = "", , , account = ""] = arn.split(":", 5);
  return { partition, account };
}
