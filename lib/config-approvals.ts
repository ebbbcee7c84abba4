// The form of `approvals` in the configuration: who may approve, how they sign in and where they are told. Decides what
// one field may hold, and that groups, people and channels name each other rightly. Left out or null: nobody can approve,
// and what a policy holds is refused.

import { z } from "zod";

const DEFAULT_REMIND_MINUTES = 15;
const DAY_MINUTES = 1_440;

const line = z
  .string("must be stated, as text")
  .regex(/^(?=\S)\P{Cc}{1,1024}(?<=\S)$/u, "must be one line of text without spaces around it");
const groupName = z
  .string("must be stated, as text")
  .regex(/^[A-Za-z][\w-]{0,63}$/, "must be a word of letters, digits, `_` and `-`, as policies name it");
const address = z
  .string("must be stated, as text")
  .regex(/^[^\s@<>",;]{1,64}@[A-Za-z0-9.-]{1,189}$/, "must be a mail address without a display name");
const secretArn = z
  .string("must be stated, as text")
  .regex(
    /^arn:aws[a-z-]{0,20}:secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@-]{1,512}$/,
    "must be the ARN of a secret",
  );
const slackId = (first: string, what: string) =>
  z
    .string("must be stated, as text")
    .regex(new RegExp(`^${first}[A-Z0-9]{4,20}$`), `must be Slack's id of ${what}`);

const login = z.strictObject({
  issuer: line.refine(
    (text) => /^https:\/\/[^\s?#\\@]+$/.test(text),
    "must be the https URL of the provider",
  ),
  clientId: line,
  clientSecretArn: secretArn.nullable(),
  scopes: z.array(line).default(["openid", "profile", "email"]),
  groupsClaim: line.nullable(),
});

const person = z.strictObject({
  name: line,
  identities: z.array(z.strictObject({ issuer: line, subject: line })).min(1, "must name at least one login"),
  slackUser: slackId("[UW]", "a member, such as `U012AB3CD`").nullable().default(null),
  groups: z.array(groupName).default([]),
});

const group = z.strictObject({
  name: groupName,
  emails: z.array(address).default([]),
  slackChannel: slackId("[CG]", "a channel, such as `C012AB3CD`").nullable().default(null),
  remindMinutes: z
    .int("must be a whole number of minutes")
    .min(1, "must be at least 1")
    .max(DAY_MINUTES, `must be at most ${DAY_MINUTES} (a day)`)
    .default(DEFAULT_REMIND_MINUTES),
  escalateTo: groupName.nullable().default(null),
});

export const approvalsSchema = z
  .strictObject({
    login,
    people: z.array(person).default([]),
    groups: z.array(group).min(1, "must name at least one group"),
    mailFrom: address.nullable().default(null),
    slack: z
      .strictObject({
        teamId: slackId("T", "the workspace, such as `T012AB3CD`"),
        appId: slackId("A", "the app, such as `A012AB3CD`"),
        secretArn,
      })
      .nullable()
      .default(null),
  })
  .superRefine((approvals, context) => {
    for (const [path, message] of relations(approvals))
      context.addIssue({ code: "custom", path: [...path], message });
  });

interface Named {
  readonly people: readonly z.output<typeof person>[];
  readonly groups: readonly z.output<typeof group>[];
  readonly mailFrom: string | null;
  readonly slack: unknown;
}

type Fault = readonly [path: readonly (string | number)[], message: string];

function relations({ people, groups, mailFrom, slack }: Named): Fault[] {
  const names = new Set(groups.map(({ name }) => name));
  const unknown = "is not in `approvals.groups`, write it as there or add it there";
  const logins = people.flatMap(({ identities }) =>
    identities.map(({ issuer, subject }) => `${issuer}|${subject}`),
  );
  const slackUsers = people.flatMap(({ slackUser }) => slackUser ?? []);
  return [
    ...twice(groups.map(({ name }) => name)).map(
      (index): Fault => [["groups", index, "name"], "is named twice"],
    ),
    ...twice(people.map(({ name }) => name)).map(
      (index): Fault => [["people", index, "name"], "is named twice"],
    ),
    // One login of two people would be two votes of one person.
    ...(twice(logins).length > 0 ? [[["people"], "two people share a login"] as const] : []),
    ...(twice(slackUsers).length > 0 ? [[["people"], "two people share a Slack member"] as const] : []),
    ...people.flatMap(({ groups: own }, index) =>
      own.flatMap((name, at): Fault[] =>
        names.has(name) ? [] : [[["people", index, "groups", at], unknown]],
      ),
    ),
    ...groups.flatMap(({ name, escalateTo, emails, slackChannel }, index): Fault[] => [
      ...(escalateTo !== null && !names.has(escalateTo)
        ? [[["groups", index, "escalateTo"], unknown] as const]
        : []),
      ...(escalateTo === name ? [[["groups", index, "escalateTo"], "is the group itself"] as const] : []),
      ...(emails.length > 0 && mailFrom === null
        ? [[["groups", index, "emails"], "need `approvals.mailFrom`"] as const]
        : []),
      ...(slackChannel !== null && slack === null
        ? [[["groups", index, "slackChannel"], "needs `approvals.slack`"] as const]
        : []),
      ...(emails.length === 0 && slackChannel === null
        ? [[["groups", index], "can be told by nobody: give it `emails` or a `slackChannel`"] as const]
        : []),
    ]),
  ];
}

/** The places of values that stood before. */
function twice(values: readonly string[]): number[] {
  return values.flatMap((value, index) => (values.indexOf(value) < index ? [index] : []));
}
