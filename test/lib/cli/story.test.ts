// What a replayed session reads like, sentence by sentence.

import { describe, expect, it } from "vitest";
import type { Outcome } from "../../../lambdas/model/record.ts";
import { storyOf, type Telling } from "../../../lib/cli/story.ts";
import { plain } from "../../../lib/cli/terminal.ts";
import {
  CALLER,
  callOf,
  found,
  held,
  intentOf,
  opening,
  outcome,
  records,
  revocation,
  SESSION,
} from "./recorded.ts";

const NOW = Date.parse("2026-11-21T12:00:00.000Z");
const tell = (list = records, change: Partial<Telling> = {}) =>
  storyOf(SESSION, list, { paint: plain, nowMs: NOW, further: [], payloads: undefined, ...change });
const ofCall = (change: Partial<Outcome>, telling: Partial<Telling> = {}) =>
  tell(
    [
      found("OPEN", opening),
      found("CALL#aa#INTENT", intentOf(outcome)),
      found("CALL#aa#OUTCOME", { ...outcome, ...change }),
    ],
    telling,
  );

describe("the story of a session", () => {
  it("tells who came, each call in its order with who decided and what AWS answered, orders, and the end", () => {
    expect(tell()).toEqual([
      `Session ${SESSION}`,
      "Reports bot came on 2026-11-21 11:00:00 UTC from 192.0.2.7 and took the role",
      "arn:aws:iam::444455556666:role/mcp-admin.",
      "  who     mcp-1 at https://idp.example",
      "  owner   Olga",
      "  groups  mcp-readers, all",
      "  client  aws-sdk-js/3",
      "  in AWS  Reports-bot-0123456789abcdef: CloudTrail's SourceIdentity of its calls",
      "  let in  by use-admin",
      "",
      "  1 +0.3 s  s3 GetObject  arn:aws:s3:::reports/q2.csv",
      "            asked     Bucket = reports, Key = q2.csv",
      "            in        account 444455556666, eu-west-1",
      "            decided   permitted by reads",
      "            answered  200 in 100 ms (identity 2 ms, AWS 98 ms)",
      "            ids       AWS request A-1, gateway request g-1",
      "            answer    34 bytes, not recorded: only its digest",
      "",
      "  2 +1.0 s  s3 DeleteObject  arn:aws:s3:::reports/q2.csv",
      "            asked     Bucket = reports, Key = q2.csv",
      "            in        account 444455556666, eu-west-1",
      "            decided   held for people by delete-objects",
      "            people    approval LMTI35JL32BBHZC2EYME4MCJSM, the caller waited 12.3 s",
      '                      Ana approved at +13.0 s by slack: "go"',
      "            answered  204 in 12.4 s (people 12.3 s, AWS 100 ms)",
      "            ids       AWS request A-1, gateway request g-1",
      "",
      "  3 +2 min 29 s  s3 PutObject  arn:aws:s3:::reports/q2.csv",
      "            asked     Bucket = reports, Key = q2.csv",
      "            in        account 444455556666, eu-west-1",
      "            decided   denied by default: no policy permits it",
      "            ended     refused with 403 AccessDenied after 1 ms (policy 1 ms); nothing was sent",
      "            ids       gateway request g-1",
      "",
      '    +5 min 0 s  Ada Admin (administrator, from 192.0.2.9) REVOKED this session: "leaked token"',
      "",
      "3 calls: 2 answered by AWS, 1 refused.",
      "Ada Admin ended the session; nothing that came later was let through.",
    ]);
  });

  it("says how long a session may go on, and when one that is over ended", () => {
    const open = [found("OPEN", opening)];
    expect(tell(open).slice(-2)).toEqual([
      "It made no calls.",
      "The session may go on until 2026-11-21 12:30:00 UTC.",
    ]);
    expect(tell(open, { nowMs: NOW + 3_600_000 }).at(-1)).toBe(
      "The session ended on 2026-11-21 12:30:00 UTC.",
    );
  });

  it("does not call a session ended whose revocation was lifted", () => {
    const lifted = { ...revocation, order: "restore", at: "2026-11-21T11:06:00.000Z" } as const;
    const list = [...records, found("ORDER#2", lifted)];
    expect(tell(list).at(-1)).toBe("The session may go on until 2026-11-21 12:30:00 UTC.");
  });

  it("tells orders about the agent among its calls", () => {
    const target = { kind: "agent", id: `${CALLER.issuer}|${CALLER.subject}` } as const;
    const lines = tell([found("OPEN", opening)], { further: [{ ...revocation, target }] });
    expect(lines.join("\n")).toContain('REVOKED agent https://idp.example|mcp-1: "leaked token"');
  });
});

describe("a call of the story", () => {
  it("is in doubt when it was sent and no end is recorded", () => {
    const lines = tell([found("OPEN", opening), found("CALL#aa#INTENT", intentOf(outcome))]);
    expect(lines).toContain("            ended     IN DOUBT: it was sent, and no end is recorded");
    expect(lines).toContain("1 call: 1 in doubt.");
  });

  it("says who closed it when its function did not live to", () => {
    const lines = ofCall({ ending: "in_doubt", status: 400, code: "RequestInDoubt", closedBy: "reconciler" });
    expect(lines.join("\n")).toContain(
      "IN DOUBT: it was sent and no whole answer came back; told 400 RequestInDoubt",
    );
    expect(lines.join("\n")).toContain("closed by the reconciler: the function that sent it did not live to");
  });

  it("tells what was hidden of its answer and why one was withheld", () => {
    const masks = { paths: { SecretString: 1 }, detectors: { pem: 2 }, unmasked: [], unknown: [] };
    const text = ofCall({ masks, withheld: "it is no JSON" }).join("\n");
    expect(text).toContain("hidden    masked: SecretString\n");
    expect(text).toContain("hidden    detected and masked: pem (2)\n");
    expect(text).toContain("withheld  it is no JSON\n");
  });

  it("says that an observed decision stopped nothing", () => {
    const decision = {
      ...outcome.decision,
      decision: "deny",
      policies: ["guard"],
      reason: "forbidden",
      enforced: false,
    };
    expect(ofCall({ decision: decision as never }).join("\n")).toContain(
      "decided   OBSERVED, NOT ENFORCED: would be denied by guard (forbidden)",
    );
  });

  it("shows ten parameters and counts the others, and says where large ones are", () => {
    const many = Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`P${index}`, index]));
    expect(ofCall({ call: callOf("GetObject", many) }).join("\n")).toContain("P9 = 9, and 2 more\n");
    const apart = {
      ...callOf("GetObject", null),
      parametersBytes: 9_000,
      parametersAt: `payloads/${SESSION}/aa`,
    };
    expect(ofCall({ call: apart }).join("\n")).toContain(
      "parameters are kept apart, 9,000 bytes, shown with --answers",
    );
    const payloads = new Map([[`payloads/${SESSION}/aa`, Buffer.from('{"Body":"big"}')]]);
    expect(ofCall({ call: apart }, { payloads }).join("\n")).toContain("asked     Body = big\n");
  });

  it("prints recorded answers where they are asked for: text, kept apart, cut and bytes", () => {
    const at = `payloads/${SESSION}/bb`;
    const payloads = new Map([[at, Buffer.from("from the bucket")]]);
    const bodies = (response: NonNullable<Outcome["response"]>) =>
      ofCall({ response }, { payloads }).filter((line) => line.startsWith("            |"));
    expect(bodies({ text: "a\nb\n", bytes: 4, truncated: true })).toEqual([
      "            | a",
      "            | b",
      "            | (only its beginning is kept)",
    ]);
    expect(bodies({ at, bytes: 15 })).toEqual(["            | from the bucket"]);
    expect(bodies({ base64: "AAE=", bytes: 2 })).toEqual([
      "            | (not text: --json has it in base64)",
    ]);
    expect(ofCall({ response: { text: "secret", bytes: 6 } }).join("\n")).not.toContain("secret");
  });

  it("says when an earlier approval let it pass", () => {
    const approval = { ...held.approval, byGrant: true };
    expect(ofCall({ approval: approval as never }).join("\n")).toContain(
      "people    let pass by the earlier approval LMTI35JL32BBHZC2EYME4MCJSM",
    );
  });
});

describe("text of others in a story", () => {
  const EVIL = "\u001b[2J\u0007\u202e\u009b31m\nIN DOUBT";

  it("never draws on the terminal, wherever it stands", () => {
    const evil = (text: string | null) => (text === null ? null : text + EVIL);
    const call = {
      ...callOf(`GetObject${EVIL}`, { [`Key${EVIL}`]: EVIL }),
      account: EVIL,
      region: EVIL,
      actions: [{ action: EVIL, accessLevel: "read" as const, resources: [EVIL], resourcesOmitted: 2 }],
    };
    const caller = {
      ...CALLER,
      agent: EVIL,
      subject: EVIL,
      userAgent: EVIL,
      owner: EVIL,
      groups: [EVIL],
      sourceIp: EVIL,
    };
    const [vote] = held.approval?.votes ?? [];
    const hostile: Outcome = {
      ...outcome,
      call,
      code: evil("x"),
      awsRequestId: evil("x"),
      gatewayRequestId: EVIL,
      latency: { [EVIL]: 5 },
      decision: { ...outcome.decision, decision: "deny", reason: EVIL, policies: [EVIL] } as never,
      approval: { id: EVIL, votes: [{ ...vote, person: EVIL, comment: EVIL } as never], byGrant: false },
      masks: { paths: { [EVIL]: 1 }, detectors: {}, unmasked: [EVIL], unknown: [EVIL] },
      withheld: EVIL,
      closedBy: EVIL as never,
      response: { text: EVIL, bytes: 9 },
    };
    const order = { ...revocation, reason: EVIL, reader: { ...revocation.reader, name: EVIL } };
    const list = [
      found("OPEN", { ...opening, caller }),
      found("CALL#aa#OUTCOME", hostile),
      found("ORDER#1", order),
    ];
    const lines = storyOf(EVIL, list, { paint: plain, nowMs: NOW, further: [], payloads: new Map() });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    for (const line of lines) expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
    expect(lines.join("\n")).toContain("\\u{1b}[2J\\u{7}\\u{202e}\\u{9b}31m");
  });
});
