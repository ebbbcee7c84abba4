import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { verifySlackSignature } from "../../../lambdas/approval/slack/signature.ts";
import { NOW } from "../approvals.ts";
import { bodyOf, pressPayload, SIGNING_SECRET, signatureOf, signedRequest } from "./presses.ts";

const BODY = bodyOf(pressPayload("countersign_approve"));
const verify = (request = signedRequest(BODY), now = NOW, secret = SIGNING_SECRET) =>
  verifySlackSignature(request, secret, now);
const refused = (reason: string) => ({ kind: "refused", reason });

describe("a Slack signature", () => {
  it("holds for Slack's own documented vector", () => {
    const body = Buffer.from(
      "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c",
    );
    const request = signedRequest(body, {
      "x-slack-request-timestamp": ["1531420618"],
      "x-slack-signature": ["v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"],
    });
    expect(verify(request, 1_531_420_618)).toMatchObject({ kind: "signed" });
  });

  it("is refused for any changed byte of the body", () => {
    const request = signedRequest(BODY);
    fc.assert(
      fc.property(fc.nat(BODY.length - 1), fc.integer({ min: 1, max: 255 }), (at, bits) => {
        const changed = Uint8Array.from(BODY);
        changed[at] = (changed[at] ?? 0) ^ bits;
        expect(verify({ ...request, body: changed })).toEqual(refused("signature"));
      }),
    );
  });

  it("is refused for any changed digit of the signature", () => {
    fc.assert(
      fc.property(fc.integer({ min: 3, max: 66 }), fc.integer({ min: 1, max: 15 }), (at, add) => {
        const signature = signatureOf(BODY);
        const digit = ((Number.parseInt(signature[at] ?? "0", 16) + add) % 16).toString(16);
        const changed = `${signature.slice(0, at)}${digit}${signature.slice(at + 1)}`;
        const request = signedRequest(BODY, { "x-slack-signature": [changed] });
        expect(verify(request)).toEqual(refused("signature"));
      }),
    );
  });

  it.each([
    [300, "signed"],
    [301, "refused"],
    [-300, "signed"],
    [-301, "refused"],
  ])("counts when it is %i s old: %s", (age, kind) => {
    expect(verify(signedRequest(BODY), NOW + age).kind).toBe(kind);
  });

  it("is refused when the timestamp is another one than was signed", () => {
    const request = signedRequest(BODY, { "x-slack-request-timestamp": [String(NOW + 1)] });
    expect(verify(request)).toEqual(refused("signature"));
  });

  it.each([
    ["x-slack-signature", []],
    ["x-slack-signature", [signatureOf(BODY), signatureOf(BODY)]],
    ["x-slack-signature", [signatureOf(BODY).toUpperCase()]],
    ["x-slack-signature", [signatureOf(BODY).slice(0, -2)]],
    ["x-slack-signature", [signatureOf(BODY).replace("v0", "v1")]],
    ["x-slack-request-timestamp", []],
    ["x-slack-request-timestamp", [String(NOW), String(NOW)]],
    ["x-slack-request-timestamp", [`0${NOW}`]],
    ["x-slack-request-timestamp", [`${NOW}.0`]],
    ["x-slack-request-timestamp", ["NaN"]],
  ])("is refused with `%s`: %j", (name, values) => {
    expect(verify(signedRequest(BODY, { [name]: values }))).toEqual(refused("headers"));
  });

  it("is refused under another secret, and under an empty one that signed it", () => {
    expect(verify(signedRequest(BODY), NOW, "another")).toEqual(refused("signature"));
    const request = signedRequest(BODY, { "x-slack-signature": [signatureOf(BODY, NOW, "")] });
    expect(verify(request, NOW, "")).toEqual(refused("signature"));
  });
});
