// Reads policies/*.cedar at synth, checks them as a compiler would, and packs them for the function's bundle.
// Trusts nothing in the directory; reports every problem at once, each with file, line and column.

import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import * as cedar from "@cedar-policy/cedar-wasm/nodejs";
import type { Deployment } from "../lambdas/model/deployment.ts";
import type { BundledPolicy, PolicyBundle } from "../lambdas/policy/policy-bundle.ts";
import { checkPolicy } from "./policy-checks.ts";
import { gateWarnings } from "./policy-gates.ts";
import { outweighedBy } from "./policy-reach.ts";
import { offsetOf, ProblemLog, type Report } from "./policy-report.ts";
import { baseSchema, schemaFor } from "./policy-schema.ts";
import { scopedPolicy } from "./policy-scope.ts";
import { codeUnits, type PolicyText, splitPolicies } from "./policy-split.ts";
import { factsOf } from "./policy-syntax.ts";

/** One policy in its place, parsed. */
interface Parsed {
  readonly policy: BundledPolicy;
  readonly json: cedar.PolicyJson;
  readonly report: Report;
}

/**
 * Returns the bundle of all policies in the directory, or throws one error that lists every problem as
 * `policies/guard.cedar:12:3: error: ...`. Warnings are in the bundle, for the app to print.
 */
export function bundlePolicies(directory: string, deployment: Deployment): PolicyBundle {
  const log = new ProblemLog(directory);
  const files = readdirSync(directory)
    .filter((file) => file.endsWith(".cedar"))
    .sort();
  const parsed = files.flatMap((file) => parseFile(directory, file, log));
  checkIds(parsed);
  for (const each of parsed) check(each, deployment);
  checkTogether(parsed);
  checkConfiguration(parsed.length, directory, deployment, log);
  const errors = log.linesOf("error");
  const warnings = log.linesOf("warning");
  if (errors.length > 0) {
    const count = `${errors.length} ${errors.length === 1 ? "error" : "errors"} in the policies`;
    throw new Error([count, ...errors, ...warnings].join("\n"));
  }
  const policies = parsed.map(({ policy }) => policy);
  const schema = baseSchema();
  const version = createHash("sha256").update(JSON.stringify({ schema, policies })).digest("hex");
  return { version, schema, policies, warnings };
}

function parseFile(directory: string, file: string, log: ProblemLog): Parsed[] {
  const source = new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(join(directory, file)));
  const report = log.reportOf(file, source);
  return splitPolicies(source).flatMap((piece, index) => {
    const answer = cedar.policyToJson(piece.text);
    if (answer.type === "success") return [parsedPolicy(piece, answer.json, file, index, report)];
    for (const error of answer.errors) reportCedar(report, piece, error);
    return [];
  });
}

function parsedPolicy(
  piece: PolicyText,
  json: cedar.PolicyJson,
  file: string,
  index: number,
  report: Report,
): Parsed {
  // Cedar gives an annotation without a value as `null`, whatever its types say; the checks refuse it.
  const annotations = Object.entries<string | null>(json.annotations ?? {}).map(([name, value]) => [
    name,
    value ?? "",
  ]);
  const id = json.annotations?.id || `${basename(file, ".cedar")}#${index + 1}`;
  const policy = {
    id,
    text: piece.text,
    file,
    annotations: Object.fromEntries(annotations),
    facts: factsOf(json),
  };
  return {
    policy,
    json,
    report: (severity, offset, message) => report(severity, piece.offset + offset, message),
  };
}

function checkIds(parsed: readonly Parsed[]): void {
  const first = new Map<string, BundledPolicy>();
  for (const { policy, report } of parsed) {
    const other = first.get(policy.id);
    if (other === undefined) first.set(policy.id, policy);
    else report("error", 0, `the id \`${policy.id}\` is already that of a policy in ${other.file}`);
  }
}

function check(parsed: Parsed, deployment: Deployment): void {
  const { policy, json, report } = parsed;
  const problems = checkPolicy(json, deployment);
  for (const { severity, message, at } of problems) {
    report(severity, offsetOf(at, policy.text), message);
  }
  // With an unknown name the schema lacks it too, and Cedar would say the same in other words.
  if (problems.some(({ severity }) => severity === "error")) return;
  validate(parsed);
}

/** What only shows when policies are seen together. */
function checkTogether(parsed: readonly Parsed[]): void {
  const scoped = parsed.map(({ policy, json }) => scopedPolicy(policy.id, policy.annotations, json));
  const byId = new Map(parsed.map((each) => [each.policy.id, each]));
  const warn = (id: string, message: string, at: string) => {
    const found = byId.get(id);
    found?.report("warning", offsetOf(at, found.policy.text), message);
  };
  for (const { policy, message, at } of gateWarnings(scoped)) warn(policy, message, at);
  for (const permit of scoped) {
    const forbids = outweighedBy(permit, scoped).map((id) => `\`${id}\``);
    if (forbids.length > 0) {
      warn(permit.id, `this permit never helps: ${forbids.join(", ")} forbids all its actions`, "permit");
    }
  }
}

function validate({ policy, json, report }: Parsed): void {
  const answer = cedar.validate({
    schema: schemaFor(json),
    policies: { staticPolicies: { [policy.id]: policy.text } },
  });
  if (answer.type === "failure") throw new Error(answer.errors.map(({ message }) => message).join("\n"));
  const piece = { text: policy.text, offset: 0 };
  for (const { error } of [...answer.validationErrors, ...answer.validationWarnings]) {
    reportCedar(report, piece, error);
  }
}

function reportCedar(report: Report, { text, offset }: PolicyText, error: cedar.DetailedError): void {
  const start = error.sourceLocations?.[0]?.start ?? 0;
  const help = error.help === null ? "" : ` (${error.help})`;
  report("error", offset + codeUnits(text, start), `${error.message}${help}`);
}

function checkConfiguration(
  count: number,
  directory: string,
  { issuers }: Deployment,
  log: ProblemLog,
): void {
  // The agent's entity is `<issuer>|<subject>`: with a bar in the issuer two agents could have one name.
  for (const { issuer } of issuers.filter((each) => each.issuer.includes("|"))) {
    log.addError(`configuration: error: the issuer \`${issuer}\` holds a \`|\``);
  }
  if (count === 0 && log.isEmpty) {
    log.addError(`${directory}: error: no policy in any \`*.cedar\` file: every request would be denied`);
  }
}
