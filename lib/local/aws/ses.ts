// Stands in for SES v2: SendEmail with simple content, over rest-json. Sends nothing: hands each mail to the catcher. Refuses
// members that it does not carry out, and headers that SES would refuse.

import type { Catchers } from "../catchers.ts";
import { unknownOperation } from "./errors.ts";
import { type JsonInput, jsonReply, textOf, textsOf } from "./json-service.ts";
import type { AwsService, Context } from "./service.ts";
import { AwsError, type AwsRequest, header, type Plan } from "./wire.ts";

const PATH = "/v2/email/outbound-emails";
const ADDRESS = /^[^\s@<>",;]{1,64}@([A-Za-z0-9.-]{1,189})$/;
const MOST_RECEIVERS = 50;

/** What the catcher takes of it. */
export type MailCatcher = Pick<Catchers, "mail">;

export function createSes(catcher: MailCatcher): AwsService {
  const operationOf = ({ method, rawPath }: AwsRequest): string | undefined =>
    method === "POST" && rawPath === PATH ? "SendEmail" : undefined;
  return {
    name: "ses",
    errors: "json",
    operationOf,
    plan(request, context) {
      if (operationOf(request) === undefined || request.rawQuery !== "") throw unknownOperation("json");
      return sendEmail(bodyOf(request), context, catcher);
    },
  };
}

function sendEmail(input: JsonInput, context: Context, catcher: MailCatcher): Plan {
  only(input, ["FromEmailAddress", "Destination", "Content"]);
  const from = textOf(input, "FromEmailAddress");
  const destination = objectOf(input, "Destination");
  only(destination, ["ToAddresses"]);
  const to = textsOf(destination, "ToAddresses");
  const content = objectOf(input, "Content");
  only(content, ["Simple"]);
  const simple = objectOf(content, "Simple");
  only(simple, ["Subject", "Body"]);
  const body = objectOf(simple, "Body");
  only(body, ["Text", "Html"]);
  const mail = {
    at: context.now(),
    from,
    to,
    subject: contentOf(simple, "Subject"),
    text: contentOf(body, "Text"),
    html: contentOf(body, "Html"),
  };
  if (to.length === 0 || to.length > MOST_RECEIVERS) throw badRequest("give 1 to 50 receivers");
  if (/[\r\n]/.test(mail.subject)) throw badRequest("a subject is one line");
  for (const address of to) if (!ADDRESS.test(address)) throw badRequest("a receiver is no mail address");
  return {
    needs: identitiesOf(from, context).map((resource) => ({
      action: "ses:SendEmail",
      resource,
      context: { "ses:fromaddress": [from], "ses:recipients": to },
    })),
    run: () => {
      catcher.mail(mail);
      return jsonReply({ MessageId: `0100-${context.requestId}` }, "application/json");
    },
  };
}

/** SES asks for the identity that is verified, the address or its domain: here nobody knows which, so both are asked. */
function identitiesOf(from: string, { account, region }: Context): readonly string[] {
  const [, domain] = ADDRESS.exec(from) ?? [];
  if (domain === undefined) throw badRequest("the sender is no mail address");
  return [from, domain].map((identity) => `arn:aws:ses:${region}:${account.id}:identity/${identity}`);
}

function contentOf(input: JsonInput, member: string): string {
  const content = objectOf(input, member);
  only(content, ["Data", "Charset"]);
  return textOf(content, "Data");
}

function bodyOf(request: AwsRequest): JsonInput {
  if (header(request, "content-type") !== "application/json") throw unknownOperation("json");
  try {
    const parsed: unknown = JSON.parse(request.body.toString("utf8"));
    if (typeof parsed === "object" && parsed !== null && !Array.isArray(parsed)) return parsed as JsonInput;
  } catch {
    // told below, together with JSON that is no object
  }
  throw badRequest("the body is not a JSON object");
}

function objectOf(input: JsonInput, member: string): JsonInput {
  const value = input[member];
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as JsonInput;
  throw badRequest(`\`${member}\` must be an object`);
}

function only(input: JsonInput, members: readonly string[]): void {
  const unserved = Object.keys(input).find((member) => !members.includes(member));
  if (unserved !== undefined) throw badRequest(`the local cloud does not carry out \`${unserved}\``);
}

function badRequest(message: string): AwsError {
  return new AwsError("BadRequestException", 400, message);
}
