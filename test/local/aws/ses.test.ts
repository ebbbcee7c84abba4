// Our mailer, through an unmodified SES client, against the stand-in for SES.

import { SESv2Client } from "@aws-sdk/client-sesv2";
import { describe, expect, it } from "vitest";
import { mailOf } from "../../../lambdas/approval/notices/mail.ts";
import { createMailer } from "../../../lambdas/aws/mailer.ts";
import { createSes } from "../../../lib/local/aws/ses.ts";
import { AwsError, type AwsRequest } from "../../../lib/local/aws/wire.ts";
import { catchersPage, createCatchers, linksOf, terminalLine } from "../../../lib/local/catchers.ts";
import { approvalOf, ID, NOW, URL } from "../../approval/approvals.ts";

const MAIL = mailOf({
  approval: approvalOf({ agent: "<img src=x>" }),
  step: "ask",
  from: "countersign@example.com",
  to: "ada@example.com",
  publicUrl: URL,
  now: NOW,
});

type Context = Parameters<ReturnType<typeof createSes>["plan"]>[1];
const CONTEXT = {
  account: { id: "111122223333" },
  region: "eu-west-1",
  now: () => NOW * 1_000,
  requestId: "r",
};

/** What the SDK puts on the wire, caught before it leaves. */
async function requestOf(mail: typeof MAIL): Promise<AwsRequest> {
  const client = new SESv2Client({
    region: "eu-west-1",
    credentials: { accessKeyId: "a", secretAccessKey: "b" },
  });
  let sent: AwsRequest | undefined;
  client.middlewareStack.add(
    () => async (args) => {
      const request = args.request as {
        method: string;
        path: string;
        headers: Record<string, string>;
        body: string;
      };
      sent = {
        method: request.method,
        host: "",
        rawPath: request.path,
        rawQuery: "",
        headers: new Map(
          Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), [value]]),
        ),
        body: Buffer.from(request.body),
      };
      return { response: {}, output: { $metadata: {} } } as never;
    },
    { step: "finalizeRequest", priority: "low" },
  );
  await createMailer({ client }).send(mail);
  if (sent === undefined) throw new Error("nothing was sent");
  return sent;
}

describe("a mail", () => {
  it("needs SendEmail on the sender's identity, and is caught as it was written", async () => {
    const catchers = createCatchers();
    const plan = await createSes(catchers).plan(await requestOf(MAIL), CONTEXT as unknown as Context);
    expect(plan.needs).toEqual(
      ["countersign@example.com", "example.com"].map((identity) => ({
        action: "ses:SendEmail",
        resource: `arn:aws:ses:eu-west-1:111122223333:identity/${identity}`,
        context: { "ses:fromaddress": ["countersign@example.com"], "ses:recipients": ["ada@example.com"] },
      })),
    );
    expect(catchers.mails).toEqual([]);
    expect((await plan.run()).status).toBe(200);
    expect(catchers.mails).toMatchObject([{ ...MAIL, to: ["ada@example.com"] }]);
  });

  it("shows on the page escaped, and in the terminal as one line with its link", async () => {
    const catchers = createCatchers();
    const lines: string[] = [];
    catchers.listen((caught) => lines.push(terminalLine(caught)));
    catchers.mail({ ...MAIL, at: NOW * 1_000, to: [MAIL.to] });
    const link = `${URL}/approvals/${ID}`;
    expect(lines).toEqual([`mail to ada@example.com: ${MAIL.subject}  ${link}`]);
    let page = "";
    const response = { writeHead: () => response, end: (text: string) => (page = text) };
    catchersPage(catchers)({ method: "GET" } as never, response as never);
    expect(page).toContain(`<a href="${link}">`);
    expect(page).not.toContain("<img");
    expect(catchers.mails[0] && linksOf({ kind: "mail", mail: catchers.mails[0] })).toEqual([link]);
  });

  it.each(["a\r\nBcc: x@example.com", "a\u0000"])(
    "never leaves with a header that breaks: %j",
    async (subject) => {
      await expect(requestOf({ ...MAIL, subject })).rejects.toMatchObject({ code: "internal" });
    },
  );

  it("with members that are not carried out is refused", async () => {
    const request = await requestOf(MAIL);
    const body = Buffer.from(
      JSON.stringify({ ...JSON.parse(request.body.toString()), ListManagementOptions: {} }),
    );
    expect(() =>
      createSes(createCatchers()).plan({ ...request, body }, CONTEXT as unknown as Context),
    ).toThrow(AwsError);
  });
});
