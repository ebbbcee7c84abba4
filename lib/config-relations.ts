// What the fields of the configuration mean to each other: nothing named twice, no agent of a provider that is not
// configured, no person whom a token cannot tell from an agent, and no owner whom approvals do not know. Reads the raw value, so that these faults are told together with
// those of lib/config-schema.ts and not only after them; whatever has not its form is skipped here, because the schema
// names it.

import { didYouMean } from "./did-you-mean.ts";

const UNIQUE: readonly { readonly list: string; readonly fields: readonly string[] }[] = [
  { list: "issuers", fields: ["issuer"] },
  { list: "agents", fields: ["issuer", "subject"] },
  { list: "roles", fields: ["arn"] },
  { list: "resourceSets", fields: ["name"] },
];

/** Returns one line per fault, each beginning with the path of the field. */
export function relationFaults(config: unknown): string[] {
  const root = recordOf(config);
  return [
    ...UNIQUE.flatMap(({ list, fields }) => repetitions(list, listOf(root[list]), fields)),
    ...strangers(root),
    ...mistakenPeople(root),
    ...unheardGroups(root),
    ...unknownOwners(root),
    ...prototypeKeys(config, ""),
  ];
}

function repetitions(list: string, items: readonly unknown[], fields: readonly string[]): string[] {
  const first = new Map<string, number>();
  return items.flatMap((item, index) => {
    const values = fields.map((field) => recordOf(item)[field]);
    if (!values.every((value) => typeof value === "string")) {
      return [];
    }
    const key = JSON.stringify(values);
    const earlier = first.get(key);
    if (earlier === undefined) {
      first.set(key, index);
      return [];
    }
    return [`${list}[${index}].${fields.at(-1)}: repeats ${list}[${earlier}], remove one of them`];
  });
}

function strangers(root: Readonly<Record<string, unknown>>): string[] {
  const known = new Set(listOf(root.issuers).map((item) => recordOf(item).issuer));
  const { issuer: readers } = recordOf(root.readers);
  const { issuer: administrators } = recordOf(root.administrators);
  const named: [path: string, issuer: unknown][] = [
    ...listOf(root.agents).map((item, index): [string, unknown] => [
      `agents[${index}].issuer`,
      recordOf(item).issuer,
    ]),
    // People may be of a provider that no agent is of.
    ...(administrators === readers ? [] : [["administrators.issuer", administrators] as [string, unknown]]),
  ];
  return named.flatMap(([path, issuer]) =>
    typeof issuer === "string" && !known.has(issuer)
      ? [`${path}: is not in \`issuers\`, write it byte for byte as there or add it there`]
      : [],
  );
}

/**
 * What tells a person's token from an agent's, where one provider issues both, is the audience. So the client that people
 * sign in with may be neither the agents' audience nor a party whose tokens count as theirs.
 */
function mistakenPeople(root: Readonly<Record<string, unknown>>): string[] {
  const { issuer, clientId } = recordOf(root.readers);
  if (typeof issuer !== "string" || typeof clientId !== "string") return [];
  return listOf(root.issuers).flatMap((item, index) => {
    const agents = recordOf(item);
    if (agents.issuer !== issuer) return [];
    const parties = listOf(recordOf(agents.token).authorizedParties);
    return [
      ...(agents.audience === clientId ? [`issuers[${index}].audience`] : []),
      ...(parties.includes(clientId) ? [`issuers[${index}].token.authorizedParties`] : []),
    ].map(
      (path) =>
        `readers.clientId: is in ${path} too, so agents' tokens would be people's: register a client of its own`,
    );
  });
}

/** Groups that no token could show: whoever was meant to see would not, and nobody would be told. */
function unheardGroups(root: Readonly<Record<string, unknown>>): string[] {
  const { issuer, groupsClaim, auditors } = recordOf(root.readers);
  if (groupsClaim !== null) return [];
  const administrators = recordOf(root.administrators).issuer === issuer;
  if (listOf(auditors).length === 0 && !administrators) return [];
  return [
    "readers.groupsClaim: must name the claim with the groups, since auditors or administrators are told by one",
  ];
}

/**
 * An agent's owner never decides about its calls. Under a name that approvals do not know nobody would be recognised as
 * the owner, and could approve what the own agent asks for.
 */
function unknownOwners(root: Readonly<Record<string, unknown>>): string[] {
  if (typeof root.approvals !== "object" || root.approvals === null) return [];
  const people = listOf(recordOf(root.approvals).people).map((item) => recordOf(item).name);
  const names = people.filter((name) => typeof name === "string");
  return listOf(root.agents).flatMap((item, index) => {
    const { owner } = recordOf(item);
    if (typeof owner !== "string" || owner === "" || names.includes(owner)) return [];
    return [
      `agents[${index}].owner: is the name of nobody in \`approvals.people\`, write it as there or add the person there${didYouMean(owner, names)}`,
    ];
  });
}

/** A parser may drop this key without a word, since it would reach an object's prototype. */
function prototypeKeys(value: unknown, path: string): string[] {
  if (typeof value !== "object" || value === null) {
    return [];
  }
  return Object.entries(value).flatMap(([key, inner]) => {
    const here = Array.isArray(value) ? `${path}[${key}]` : path === "" ? key : `${path}.${key}`;
    return key === "__proto__" ? [`${here}: unknown key, remove it`] : prototypeKeys(inner, here);
  });
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
