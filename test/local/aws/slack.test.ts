// Our Slack client against the stand-in for slack.com, over TLS with names checked.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { heldMessage } from "../../../lambdas/approval/slack/message.ts";
import { rejectForm } from "../../../lambdas/approval/slack/modals.ts";
import { createSlackClient, type SlackPatience } from "../../../lambdas/net/slack-client.ts";
import { type Slack, startSlack } from "../../../lib/local/aws/slack.ts";
import { createCatchers, linksOf, terminalLine } from "../../../lib/local/catchers.ts";
import { openAuthority } from "../../../lib/local/certificates.ts";
import { approvalOf, ID, NOW, URL } from "../../approval/approvals.ts";

const TOKEN = "xoxb-1234567890";
const MESSAGE = heldMessage({ approval: approvalOf(), step: "ask", publicUrl: URL, now: NOW });
const catchers = createCatchers();
let slack: Slack;
let caPem: string;

beforeAll(async () => {
  const authority = await openAuthority(undefined);
  caPem = authority.caPem;
  slack = await startSlack({ certificate: authority.server, botToken: () => TOKEN, catchers });
});
afterAll(() => slack.stop());
beforeEach(() => {
  slack.heal();
  catchers.clear();
});

function client(patience: Partial<SlackPatience> = {}, token = TOKEN) {
  return createSlackClient({
    botToken: async () => token,
    patience: { attempts: 3, requestMs: 2_000, totalMs: 5_000, ...patience },
    reach: {
      port: slack.port,
      ca: caPem,
      lookup: (_name, options, callback) =>
        options.all === true
          ? callback(null, [{ address: "127.0.0.1", family: 4 }])
          : callback(null, "127.0.0.1", 4),
    },
  });
}

describe("Slack", () => {
  it("takes a message, a line below it, its update and a form", async () => {
    const ts = await client().post("C00PROD", MESSAGE);
    await client().post("C00PROD", MESSAGE, ts);
    await client().update("C00PROD", ts, { ...MESSAGE, text: "over" });
    await client().open("1.2.abc", rejectForm(approvalOf()));
    expect(catchers.messages.map(({ thread, text, updates }) => [thread, text === "over", updates])).toEqual([
      [null, true, 1],
      [ts, false, 0],
    ]);
    expect(slack.views.at(-1)).toMatchObject({ triggerId: "1.2.abc", view: { private_metadata: ID } });
  });

  it("shows in one line of the terminal, with the link", async () => {
    await client().post("C00PROD", { ...MESSAGE, text: "a\n\u001b[2Jb" });
    const [message] = catchers.messages;
    if (message === undefined) throw new Error("nothing was caught");
    expect(linksOf({ kind: "slack", message })).toEqual([`${URL}/approvals/${ID}`]);
    expect(terminalLine({ kind: "slack", message })).toBe(`slack C00PROD: a??[2Jb  ${URL}/approvals/${ID}`);
  });

  it.each(["throttle", "500", "reset-after"] as const)("is asked again after `%s`", async (how) => {
    slack.fail({ how });
    await expect(client().post("C00PROD", MESSAGE)).resolves.toMatch(/^\d+\.\d{6}$/);
  });

  it.each([
    [{ how: "error" }, 1],
    [{ how: "500", times: Number.POSITIVE_INFINITY }, 3],
    [{ how: "throttle", times: Number.POSITIVE_INFINITY }, 1], // it asks for 1 s, and there is less
  ] as const)("that fails (%j) is asked a bounded number of times", async (fault, times) => {
    slack.fail(fault);
    const before = slack.calls.length;
    await expect(
      client({ totalMs: fault.how === "500" ? 5_000 : 900 }).post("C00PROD", MESSAGE),
    ).rejects.toThrow("slack did not take the message");
    expect(slack.calls.length - before).toBe(times);
  });

  it("that does not answer is left", async () => {
    slack.fail({ how: "silent" });
    await expect(client({ attempts: 1, requestMs: 100 }).post("C00PROD", MESSAGE)).rejects.toThrow();
  });

  it("that refuses the token says so without naming it", async () => {
    const error = await client({}, "xoxb-wrong-token")
      .post("C00PROD", MESSAGE)
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ message: "slack did not take the message: invalid_auth" });
  });
});
