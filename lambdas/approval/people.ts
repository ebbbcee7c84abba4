// Who a login or a Slack member is, as one human: two logins that the configuration ties together are one person, with one
// vote and the same agents. Trusts issuer, subject and groups, which a login has proven, and Slack's user id, which its
// signature has. Whoever is not configured is the person of that one login; an unknown Slack member is nobody.

import type { Approval, Person } from "../model/approval.ts";
import type { ApprovalsConfig, PersonConfig } from "../model/deployment.ts";

export interface Login {
  readonly issuer: string;
  readonly subject: string;
  /** As the ID token of just now says. */
  readonly groups: readonly string[];
}

/** The person of a login. Only groups that the configuration names count. */
export function personOfLogin({ issuer, subject, groups }: Login, approvals: ApprovalsConfig | null): Person {
  const configured = configuredFor({ issuer, subject }, approvals);
  const names = approvals?.groups.map(({ name }) => name) ?? [];
  const shown = names.filter((name) => groups.includes(name));
  const login = loginOf({ issuer, subject });
  if (configured === undefined) return { id: login, name: subject, groups: shown };
  return personOf(configured, shown);
}

/** The person of a Slack member; Slack says nothing about groups, so only the configured ones count. */
export function personOfSlack(user: string, approvals: ApprovalsConfig): Person | undefined {
  const configured = approvals.people.find(({ slackUser }) => slackUser !== null && slackUser === user);
  return configured === undefined ? undefined : personOf(configured, []);
}

function personOf({ name, groups }: PersonConfig, shown: readonly string[]): Person {
  return { id: name, name, groups: [...new Set([...groups, ...shown])] };
}

/** The same human, by whatever login. */
export function refersTo(one: Pick<Person, "id">, other: Pick<Person, "id">): boolean {
  return one.id === other.id;
}

/** True when the person is one of the names or logins under which the agent's owner is configured. */
export function isOwner(person: Person, owner: string | null, approvals: ApprovalsConfig | null): boolean {
  if (owner === null) return false;
  const wanted = folded(owner);
  return namesOf(person, approvals).some((name) => folded(name) === wanted);
}

/**
 * True when this login answers for an agent of this owner, and so may see its records. `isOwner` above takes too many for
 * the owner, since it only refuses; here a doubt shows nothing: the text is compared byte for byte, and a name that the
 * configuration gives to a person is that person's, whatever another login's subject reads.
 */
export function answersFor(
  login: Pick<Login, "issuer" | "subject">,
  owner: string,
  approvals: ApprovalsConfig | null,
): boolean {
  const configured = configuredFor(login, approvals);
  if (approvals?.people.some(({ name }) => name === owner) === true) return configured?.name === owner;
  const logins = configured?.identities.map(loginOf) ?? [loginOf(login)];
  // What reads as a whole login is one: a subject may be any text.
  const bare = /^https:[^|]*\|/.test(owner) ? [] : [login.subject];
  return [...logins, ...bare].includes(owner);
}

/** True when the person signed in as the very agent that asks. */
export function isAgentItself(
  person: Person,
  agent: Pick<Approval, "issuer" | "subject">,
  approvals: ApprovalsConfig | null,
): boolean {
  return loginsOf(person, approvals).includes(loginOf(agent));
}

/** Every text by which an administrator may have meant this person; too many of them only refuse. */
function namesOf(person: Person, approvals: ApprovalsConfig | null): readonly string[] {
  const configured = configuredAs(person, approvals);
  const subjects = configured?.identities.map(({ subject }) => subject) ?? [];
  const slack = configured?.slackUser ?? null;
  return [
    person.id,
    person.name,
    ...loginsOf(person, approvals),
    ...subjects,
    ...(slack === null ? [] : [slack]),
  ];
}

function loginsOf(person: Person, approvals: ApprovalsConfig | null): readonly string[] {
  return configuredAs(person, approvals)?.identities.map(loginOf) ?? [person.id];
}

function configuredFor(
  { issuer, subject }: Pick<Login, "issuer" | "subject">,
  approvals: ApprovalsConfig | null,
): PersonConfig | undefined {
  return approvals?.people.find(({ identities }) =>
    identities.some((identity) => identity.issuer === issuer && identity.subject === subject),
  );
}

function configuredAs({ id }: Person, approvals: ApprovalsConfig | null): PersonConfig | undefined {
  return approvals?.people.find(({ name }) => name === id);
}

function loginOf({ issuer, subject }: { readonly issuer: string; readonly subject: string }): string {
  return `${issuer}|${subject}`;
}

/** Compared so that a difference in case, spaces or composition of characters does not make another person. */
function folded(name: string): string {
  return name.normalize("NFKC").trim().toLowerCase();
}
