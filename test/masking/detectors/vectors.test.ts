import { describe, expect, it } from "vitest";
import { DETECTOR_NAMES, detectorsNamed } from "../../../lambdas/masking/detectors/catalogue.ts";
import { customDetector } from "../../../lambdas/masking/detectors/custom.ts";
import type { Detector } from "../../../lambdas/masking/detectors/detector.ts";
import { MARKER } from "../../../lambdas/masking/marker.ts";
import { maskText } from "../../../lambdas/masking/stream-mask.ts";

function detectors(...names: readonly string[]): readonly Detector[] {
  const named = detectorsNamed(names);
  if (named.kind === "unknown") throw new Error(named.name);
  return named.detectors;
}

const ALL = detectors(...DETECTOR_NAMES);
const ID = "AKIAIOSFODNN7EXAMPLE";
const SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const HEADER = Buffer.from('{"alg":"RS256","typ":"JWT"}').toString("base64url");
const PAYLOAD = Buffer.from('{"sub":"someone"}').toString("base64url");
/** JSON in a string of JSON, again and again. */
function nested(value: unknown, times: number): string {
  return times === 0 ? JSON.stringify(value) : nested({ more: JSON.stringify(value) }, times - 1);
}

const KEY_LINES = ["-----BEGIN RSA PRIVATE KEY-----", "MIIEowIBAAKCAQEA7", "-----END RSA PRIVATE KEY-----"];

describe("each detector hides", () => {
  it.each([
    ["pem", `x ${KEY_LINES.join("\n")} y`, `x ${MARKER} y`],
    ["pem", `{"k":"${KEY_LINES.join("\\n")}"}`, `{"k":"${MARKER}"}`],
    ["pem", `x ${KEY_LINES.join(" ")} y`, `x ${MARKER} y`],
    ["pem", `x ${KEY_LINES[0]}\ncut`, `x ${MARKER}`],
    ["pem", `k: ${Buffer.from(KEY_LINES.join("\n")).toString("base64")}.`, `k: ${MARKER}.`],
    ["aws-keys", `${ID},${SECRET}`, `${MARKER},${MARKER}`],
    ["aws-keys", `aws_secret_access_key = ${SECRET}`, `aws_secret_access_key = ${MARKER}`],
    ["aws-keys", `{"SecretAccessKey": "${SECRET}"}`, `{"SecretAccessKey": "${MARKER}"}`],
    ["aws-keys", `{"SecretAccessKey":"${SECRET.replaceAll("/", "\\/")}"}`, `{"SecretAccessKey":"${MARKER}"}`],
    ["aws-keys", nested({ SecretAccessKey: SECRET }, 0), nested({ SecretAccessKey: MARKER }, 0)],
    ["aws-keys", nested({ SecretAccessKey: SECRET }, 4), nested({ SecretAccessKey: MARKER }, 4)],
    [
      "aws-keys",
      `AWS_SECRET_ACCESS_KEY%3D${encodeURIComponent(SECRET)}&`,
      `AWS_SECRET_ACCESS_KEY%3D${MARKER}&`,
    ],
    [
      "aws-keys",
      `{"Name":"AWS_SECRET_KEY","Value":"${SECRET}"}`,
      `{"Name":"AWS_SECRET_KEY","Value":"${MARKER}"}`,
    ],
    ["aws-keys", `t=IQoJb3JpZ2luX2Vj${"Ab1/".repeat(60)};`, `t=${MARKER};`],
    ["jwt", `Bearer ${HEADER}.${PAYLOAD}.c2ln!`, `Bearer ${MARKER}!`],
    ["connection-strings", "postgres://app:s3cret@db:5432/x", `postgres://app:${MARKER}@db:5432/x`],
    ["github", `ghp_${"a1B2".repeat(9)}`, MARKER],
    ["slack", "xoxb-123456789012-abcdefghij", MARKER],
    ["stripe", `sk_live_${"a1B2".repeat(6)}`, MARKER],
    ["cards", "card 4111 1111 1111 1111.", `card ${MARKER}.`],
    ["cards", "378282246310005", MARKER],
    ["iban", "DE89 3704 0044 0532 0130 00", MARKER],
    ["iban", "GB82WEST12345698765432", MARKER],
    ["email", "to a.b+c@example.co.uk, now", `to ${MARKER}, now`],
    ["national-ids", "86095742719", MARKER],
    ["national-ids", "12345678Z X1234567L", `${MARKER} ${MARKER}`],
    ["national-ids", "255081416802538", MARKER],
    ["national-ids", "2 55 08 14 168 025 38", MARKER],
    ["national-ids", "86 095 742 719", MARKER],
    ["national-ids", "X-1234567-L", MARKER],
    ["national-ids", "111222333", MARKER],
    ["national-ids", "529.982.247-25", MARKER],
    ["national-ids", "44051401359", MARKER],
  ])("%s in %s", (name, text, masked) => {
    const result = maskText(text, detectors(name));
    expect(result?.text).toBe(masked);
    expect([...(result?.found.keys() ?? [])]).toEqual([name]);
  });
});

describe("near misses pass", () => {
  it.each([
    "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
    "-----BEGIN PUBLIC KEY-----",
    `key id ${ID} alone`,
    `commit da39a3ee5e6b4b0d3255bfef95601890afd80709 by ${ID}`,
    `X${ID},${SECRET}`,
    `${HEADER}.${PAYLOAD}`,
    `${PAYLOAD}.${PAYLOAD}.c2ln`,
    "https://example.com:8080/a@b",
    "postgres://app:$" + "{PASSWORD}@db/x",
    `ghp_${"a".repeat(35)}`,
    "sk_live_short",
    "card 4111 1111 1111 1112",
    "0000 0000 0000 0000",
    "id 14111111111111111",
    "DE89 3704 0044 0532 0130 01",
    "a@b, @c.d, x@y.",
    "12345678A",
    "111222334",
    "[masked:countersign]",
  ])("%s", (text) => {
    expect(maskText(text, ALL)).toBeUndefined();
  });
});

describe("own patterns", () => {
  it("hide what they match at the start of a word", () => {
    const own = customDetector("orders", "ORD-[0-9]{6,10}");
    if (own.kind === "refused") throw new Error(own.message);
    expect(maskText("x ORD-123456 XORD-123456", [own.detector])?.text).toBe(`x ${MARKER} XORD-123456`);
  });

  it.each([
    "(a+)+",
    "a+",
    "a*",
    "(?=a)",
    "(?<!a)b",
    "(a)\\1",
    "(?:a{1,9}){1,9}",
    "[0-9]{1,200}[0-9]{1,200}",
    "",
    "^a",
    "(?:a",
    "a)",
    "a{5,2}",
    "[0-9]{600}",
  ])("refuse %s", (pattern) => {
    expect(customDetector("x", pattern).kind).toBe("refused");
  });
});
