// The parsers that read a stranger's bytes before anything is verified, each with seeds and with words of its grammar.
// Where the platform has a reader of the same format, what ours accepts must be the same there.

import { parseForm as parseExchangeForm } from "../../lambdas/identity/form.ts";
import { parseAuthorization } from "../../lambdas/identity/sigv4/authorization-header.ts";
import { parseAwsChunked } from "../../lambdas/identity/sigv4/aws-chunked.ts";
import { parseSignatureClaim } from "../../lambdas/identity/sigv4/signature-claim.ts";
import { unframe } from "../../lambdas/identity/sigv4/trailers.ts";
import { parseStrictObject } from "../../lambdas/identity/token/strict-json.ts";
import { parseTokenText } from "../../lambdas/identity/token/token-text.ts";
import type { WireRequest } from "../../lambdas/model/wire-request.ts";
import type { Target } from "./campaign.ts";
import { recognitionTargets } from "./recognition-targets.ts";
import { requestTargets } from "./request-targets.ts";
import { FORM_WORDS, JSON_WORDS, jsonSeeds, seedsOf } from "./words.ts";

const BODY_BYTES = 4_500_000;
const HEADER_BYTES = 10_240;
const TOKEN_DEPTH = 16;
const JWKS_BYTES = 1_048_576;
const NOW = Date.UTC(2026, 0, 31, 12) / 1_000;

const SIGNATURE = "0123456789abcdef".repeat(4);
const AUTHORIZATION = `AWS4-HMAC-SHA256 Credential=CSGNABCDEFGHIJKLMNOPQRSTUVWX23/20260131/eu-west-1/s3/aws4_request, SignedHeaders=content-encoding;host;x-amz-content-sha256;x-amz-date, Signature=${SIGNATURE}`;
const AUTHORIZATION_WORDS = [
  ...[
    "AWS4-HMAC-SHA256 ",
    "AWS4-ECDSA-P256-SHA256 ",
    "Credential=",
    "SignedHeaders=",
    "Signature=",
    ", ",
    ",",
  ],
  ...[
    "/aws4_request",
    "/",
    ";",
    "host",
    "x-amz-date",
    "AKIAIOSFODNN7EXAMPLE",
    "20260131",
    "eu-west-1",
    "s3express",
  ],
  ...["*", " ", "=", "\t", "\u00e9", "Bearer ", SIGNATURE],
];
const CHUNK_WORDS = [
  ...[
    "\r\n",
    "\n",
    "\r",
    "0\r\n",
    "0\r\n\r\n",
    "ffffffff\r\n",
    "00\r\n",
    "+1\r\n",
    "0x1\r\n",
    " 1\r\n",
    "1;a=b\r\n",
    ":",
  ],
  ...[
    `;chunk-signature=${SIGNATURE}\r\n`,
    `0;chunk-signature=${SIGNATURE}\r\n`,
    "x-amz-checksum-crc32:",
    "AAAAAA==\r\n",
  ],
  ...["x-amz-trailer-signature:", "x-amz-acl:public-read\r\n", "1\r\na\r\n"],
];
const SIGNED_CHUNKS = `5;chunk-signature=${SIGNATURE}\r\nhello\r\n0;chunk-signature=${SIGNATURE}\r\n`;
const SIGNED_TRAILER = `x-amz-checksum-crc32:NhCmhg==\r\nx-amz-trailer-signature:${SIGNATURE}\r\n\r\n`;

export function fuzzTargets(): readonly Target[] {
  return [
    ...signatureTargets(),
    ...chunkTargets(),
    ...tokenTargets(),
    exchangeForm(),
    ...recognitionTargets(),
    ...requestTargets(),
  ];
}

function signatureTargets(): readonly Target[] {
  const material = { seeds: seedsOf(AUTHORIZATION), words: AUTHORIZATION_WORDS, maxBytes: HEADER_BYTES };
  return [
    {
      name: "authorization header",
      material,
      accepts: (input) =>
        parseAuthorization(requestWith([["authorization", latin1(input)]])).kind === "authorization",
    },
    {
      name: "signature claim, all headers",
      material: {
        seeds: seedsOf(
          `host:gateway.example\nx-amz-date:20260131T120000Z\nx-amz-content-sha256:${SIGNATURE}\ncontent-encoding:gzip\nauthorization:${AUTHORIZATION}`,
          `host:gateway.example\nx-amz-date:20260131T120000Z\nx-amz-content-sha256:STREAMING-UNSIGNED-PAYLOAD-TRAILER\ncontent-encoding:aws-chunked\nx-amz-trailer:x-amz-checksum-crc32\nauthorization:${AUTHORIZATION}`,
          `host:gateway.example\ndate:Sat, 31 Jan 2026 12:00:00 GMT\nauthorization:${AUTHORIZATION}`,
        ),
        words: [
          ...AUTHORIZATION_WORDS,
          "\n",
          ":",
          "x-amz-meta-a:",
          "UNSIGNED-PAYLOAD",
          "aws-chunked",
          "\nrange:bytes=0-",
        ],
        maxBytes: HEADER_BYTES,
      },
      accepts: (input) => parseSignatureClaim(requestWith(headerLines(input)), NOW).kind === "claim",
    },
  ];
}

function chunkTargets(): readonly Target[] {
  const headers = new Map([
    ["x-amz-decoded-content-length", ["5"]],
    ["x-amz-trailer", ["x-amz-checksum-crc32"]],
  ]);
  const target = (name: string, signed: boolean, ...seeds: readonly string[]): Target => ({
    name,
    material: { seeds: seedsOf(...seeds), words: CHUNK_WORDS, maxBytes: BODY_BYTES },
    accepts(input) {
      const parsed = parseAwsChunked(input, signed);
      if (parsed.kind === "refused") return false;
      const bytes = parsed.frame.chunks.reduce((sum, { content }) => sum + content.length, 0);
      same(bytes < input.length, true);
      unframe(parsed.frame, headers, true);
      return true;
    },
  });
  return [
    target(
      "aws-chunked, unsigned",
      false,
      "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n",
      "0\r\n\r\n",
    ),
    target("aws-chunked, signed", true, `${SIGNED_CHUNKS}\r\n`, `${SIGNED_CHUNKS}${SIGNED_TRAILER}`),
  ];
}

function tokenTargets(): readonly Target[] {
  return [
    {
      name: "json of tokens and keys",
      material: { seeds: jsonSeeds(), words: JSON_WORDS, maxBytes: JWKS_BYTES },
      accepts(input) {
        const read = parseStrictObject(input, TOKEN_DEPTH);
        if (read === undefined) return false;
        const other = JSON.parse(Buffer.from(input).toString("utf8")) as object;
        same([...read.keys()].sort().join(), Object.keys(other).sort().join());
        return true;
      },
    },
    {
      name: "token text",
      material: {
        seeds: jsonSeeds().map((json) =>
          Buffer.from(`eyJhbGciOiJSUzI1NiJ9.${Buffer.from(json).toString("base64url")}.c2ln`),
        ),
        words: [".", "..", "=", "+", "/", "eyJhbGciOiJub25lIn0", "e30", "\n", " ", "a"],
        maxBytes: BODY_BYTES,
      },
      accepts: (input) => parseTokenText(latin1(input)).kind === "unverified",
    },
  ];
}

function exchangeForm(): Target {
  const role = "arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2Fmcp-reader";
  return {
    name: "form of an exchange",
    material: {
      seeds: seedsOf(
        `Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=${role}&RoleSessionName=s&WebIdentityToken=e30.e30.e30`,
        "Action=AssumeRoleWithWebIdentity&DurationSeconds=900",
      ),
      words: FORM_WORDS,
      maxBytes: BODY_BYTES,
    },
    accepts(input) {
      const form = parseExchangeForm(input);
      if (form === undefined) return false;
      // URLSearchParams would take a leading `?` off; an empty pair in front hides it.
      same(JSON.stringify([...form]), JSON.stringify([...new URLSearchParams(`&${latin1(input)}`)]));
      return true;
    },
  };
}

function requestWith(headers: readonly (readonly [string, string])[]): WireRequest {
  const map = new Map<string, string[]>();
  for (const [name, value] of headers) map.set(name, [...(map.get(name) ?? []), value]);
  return {
    method: "PUT",
    path: "/aws/bucket/key",
    query: [],
    headers: map,
    body: new Uint8Array(),
    viewerIp: "192.0.2.1",
    gatewayRequestId: "fuzz",
  };
}

/** `name:value` lines as ingress would hand them over: lower-case names, trimmed values. */
function headerLines(input: Uint8Array): readonly (readonly [string, string])[] {
  return latin1(input)
    .split("\n")
    .map((line) => {
      const colon = line.indexOf(":");
      return [line.slice(0, Math.max(colon, 0)).toLowerCase(), line.slice(colon + 1).trim()] as const;
    });
}

function latin1(input: Uint8Array): string {
  return Buffer.from(input.buffer, input.byteOffset, input.byteLength).toString("latin1");
}

function same<T>(ours: T, other: T): void {
  if (ours !== other) throw new Error(`two readers differ: ${String(ours)} and ${String(other)}`);
}
