// What a policy's annotations may not say: unknown names and forms, approver groups that the configuration lacks, masks and
// detectors that are none, obligations where they mean nothing. Finds problems; lib/policy-bundle.ts reports them.

import type { PolicyJson } from "@cedar-policy/cedar-wasm/nodejs";
import type { Deployment } from "../lambdas/model/deployment.ts";
import { ANNOTATIONS } from "../lambdas/policy/annotations.ts";
import { parseApproval } from "../lambdas/policy/approval-terms.ts";
import { isFault, parseDetectors, parseMasks, parseUnmasks } from "../lambdas/policy/mask-terms.ts";
import { didYouMean } from "./did-you-mean.ts";
import type { Problem } from "./policy-checks.ts";
import { factsOf } from "./policy-syntax.ts";

/** Returns every problem of one policy's annotations. */
export function annotationProblems(policy: PolicyJson, deployment: Deployment): Problem[] {
  // Cedar gives an annotation without a value as `null`, whatever its types say.
  const annotations = new Map(
    Object.entries<string | null>(policy.annotations ?? {}).map(([name, value]) => [name, value ?? ""]),
  );
  const problems = [...annotations].flatMap(([name, value]): Problem[] => {
    const message = annotationProblem(name, value, policy.effect, deployment);
    return message === null ? [] : [{ severity: "error", message, at: `@${name}` }];
  });
  return [...problems, ...problemsTogether(policy, annotations), ...warnings(annotations)];
}

function annotationProblem(
  name: string,
  value: string,
  effect: PolicyJson["effect"],
  deployment: Deployment,
): string | null {
  const known = ANNOTATIONS.get(name);
  if (known === undefined) {
    const names = [...ANNOTATIONS.keys()].map((each) => `@${each}`);
    return `unknown annotation \`@${name}\`${didYouMean(`@${name}`, names)}`;
  }
  if (!known.on.includes(effect)) return `\`@${name}\` has no meaning on a \`${effect}\``;
  const malformed = `\`@${name}\` has the malformed value \`${value}\`; write it like \`@${name}("${known.example}")\``;
  if (!known.form.test(value)) return malformed;
  return name === "approve" ? approveProblem(value, deployment, malformed) : termsProblem(name, value);
}

function approveProblem(value: string, { approvals }: Deployment, malformed: string): string | null {
  const terms = parseApproval(value);
  if (terms === undefined) {
    return `${malformed}: \`group\`, then \`quorum\` (1 to 9), \`within\` (at most 7d), \`otherwise=reject|queue\`, \`run=attended|stored\`, each once`;
  }
  if (approvals === null) return "`@approve` needs `approvals` in the configuration: nobody could approve";
  const groups = approvals.groups.map(({ name }) => name);
  if (groups.includes(terms.group)) return null;
  return `unknown approver group \`${terms.group}\`: it is not in \`approvals.groups\` of the configuration${didYouMean(terms.group, groups)}`;
}

const TERMS: ReadonlyMap<string, (value: string) => ReturnType<typeof parseMasks | typeof parseDetectors>> =
  new Map<string, (value: string) => ReturnType<typeof parseMasks | typeof parseDetectors>>([
    ["mask", parseMasks],
    ["unmask", parseUnmasks],
    ["detect", parseDetectors],
  ]);

function termsProblem(name: string, value: string): string | null {
  const terms = TERMS.get(name)?.(value);
  if (terms === undefined || !isFault(terms)) return null;
  return `\`@${name}\`: ${terms.message}${didYouMean(terms.name, terms.known)}`;
}

function problemsTogether(policy: PolicyJson, annotations: ReadonlyMap<string, string>): Problem[] {
  const messages: (readonly [message: string, at: string])[] = [];
  if (annotations.has("unmask") && !annotations.has("reason")) {
    messages.push(["`@unmask` needs a `@reason` beside it", "@unmask"]);
  }
  if (annotations.has("reason") && policy.effect === "permit" && !annotations.has("unmask")) {
    messages.push(["`@reason` belongs on a `forbid`, or on a `permit` with `@unmask`", "@reason"]);
  }
  for (const path of bothWays(annotations)) {
    messages.push([`\`${path}\` is masked and shown by the same permit`, "@unmask"]);
  }
  if (isOnlyAboutRoles(policy)) {
    for (const name of ["unmask", "record"].filter((each) => annotations.has(each))) {
      messages.push([
        `\`@${name}\` has no meaning on the use of a role: say it on permits of calls`,
        `@${name}`,
      ]);
    }
  }
  return messages.map(([message, at]) => ({ severity: "error", message, at }));
}

function bothWays(annotations: ReadonlyMap<string, string>): readonly string[] {
  const masks = parseMasks(annotations.get("mask") ?? "");
  const unmasks = parseUnmasks(annotations.get("unmask") ?? "");
  if (isFault(masks) || isFault(unmasks)) return [];
  return unmasks.map(({ path }) => path).filter((path) => masks.some((mask) => mask.path === path));
}

function isOnlyAboutRoles(policy: PolicyJson): boolean {
  const { actions } = factsOf(policy);
  return actions?.every(({ type }) => type === "Countersign::Action") ?? false;
}

function warnings(annotations: ReadonlyMap<string, string>): Problem[] {
  if (annotations.get("scope") !== "prefix") return [];
  const message =
    'no engine carries out `@scope("prefix")` yet: every request that this permit matches will be refused';
  return [{ severity: "warning", message, at: '@scope("prefix")' }];
}
