import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parsePress } from "../../../lambdas/approval/slack/payload.ts";
import { ID } from "../approvals.ts";
import { bodyOf, pressPayload, submissionPayload } from "./presses.ts";

const PINS = { teamId: "T00TEAM", appId: "A00APP" };
const parse = (payload: unknown) => parsePress(bodyOf(payload), PINS);
const refused = (reason: string) => ({ kind: "refused", reason });

describe("what Slack sends", () => {
  it("is a press, a question for the reason, or a rejection with its comment", () => {
    const press = { id: ID, user: "U00ADA", trigger: "1.2.abc" };
    expect(parse(pressPayload("countersign_approve"))).toEqual({ kind: "approve", ...press });
    expect(parse(pressPayload("countersign_reject"))).toEqual({ kind: "ask_reason", ...press });
    expect(parse(pressPayload("countersign_open"))).toEqual({ kind: "opened" });
    expect(parse(submissionPayload(" no "))).toEqual({
      kind: "reject",
      id: ID,
      user: "U00ADA",
      comment: "no",
    });
  });

  it.each([
    { team: { id: "T99OTHER" } },
    { team: null },
    { api_app_id: "A99OTHER" },
    { api_app_id: undefined },
    { user: { id: "U00ADA", team_id: "T99OTHER" } },
  ])("is refused from another workspace or app: %j", (changes) => {
    expect(parse(pressPayload("countersign_approve", changes))).toEqual(refused("app"));
    expect(parse(submissionPayload("no", changes))).toEqual(refused("app"));
  });

  it.each([
    { type: "shortcut" },
    { user: { id: "ada" } },
    { actions: [] },
    { actions: [{}, {}] },
    { actions: [{ action_id: "other", value: ID }] },
    { actions: [{ action_id: "countersign_approve", value: "../../x" }] },
    { trigger_id: 1 },
  ])("is refused when it is not one of our buttons: %j", (changes) => {
    expect(parse(pressPayload("countersign_approve", changes))).toEqual(refused("payload"));
  });

  it.each([
    "",
    "payload=",
    "payload=%7B%7D&payload=%7B%7D",
    "payload=%7B%7D&x=1",
    "other=%7B%7D",
    "payload=[]",
    "payload=null",
    "\uFEFFpayload=%7B%7D",
  ])("is refused when the form is another one: %j", (body) => {
    expect(parsePress(Buffer.from(body), PINS)).toEqual(refused("form"));
  });

  it("is never believed, whatever bytes come", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (body) => {
        expect(parsePress(body, PINS).kind).toBe("refused");
      }),
    );
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(parse(value).kind).toBe("refused");
      }),
    );
  });
});
