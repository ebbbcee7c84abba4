// Sends a mail through SES (v2, simple content: SES writes the headers, so no text of ours can begin one). The SDK repeats
// what passes by itself, a bounded number of times. Decides nothing; the content is approval/notices/'s.

import { type SESv2Client, SendEmailCommand } from "@aws-sdk/client-sesv2";
import type { Mail, Mailer } from "../approval/notices/ports.ts";
import { CountersignError } from "../boundary/errors.ts";

const CONTROL = /\p{Cc}/u;

export interface MailerSetup {
  /** With bounded retries and timeouts: the workflow waits for it. */
  readonly client: SESv2Client;
}

export function createMailer({ client }: MailerSetup): Mailer {
  return {
    async send({ from, to, subject, text, html }: Mail) {
      // INVARIANT: nothing that could end a header's line leaves here, wherever it came from.
      if ([from, to, subject].some((line) => CONTROL.test(line))) {
        throw new CountersignError("internal", "a mail's header holds a control character");
      }
      await client.send(
        new SendEmailCommand({
          FromEmailAddress: from,
          Destination: { ToAddresses: [to] },
          Content: {
            Simple: {
              Subject: { Data: subject, Charset: "UTF-8" },
              Body: { Text: { Data: text, Charset: "UTF-8" }, Html: { Data: html, Charset: "UTF-8" } },
            },
          },
        }),
      );
    },
  };
}
