// Reads policies/*.cedar at synth, checks them as a compiler would, and packs them for the function's bundle.
// Trusts nothing in the directory; reports every problem at once, each with file, line and column.

import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import * as cedar from "@cedar-policy/cedar-wasm/nodejs";
import type { Deployment } from "../lambdas/model/deployment.ts";
import type { BundledPolicy, PolicyBundle } from "../lambdas/policy/policy-bundle.ts";
import { checkPolicy, type Problem } from "./policy-checks.ts";
import { baseSchema, schemaFor } from "./policy-schema.ts";
import { codeUnits, type PolicyText, placeOf, splitPolicies } from "./policy-split.ts";
import { factsOf } from "./policy-syntax.ts";

/** One policy in its place, parsed. */
interface Parsed {
  readonly policy: BundledPolicy;
  readonly json: cedar.PolicyJson;
  readonly report: Report;
}

type Report = (severity: Problem["severity"], offset: number, message: string) => void;

type Log = {
  readonly severity: Problem["severity"];
  readonly file: string;
  readonly line: number;
  readonly text: string;
}[];

/**
 * Returns the bundle of all policies in the directory, or throws one error that lists every problem as
 * `policies/guard.cedar:12:3: error: ...`. Warnings are in the bundle, for the app to print.
 */
export function bundlePolicies(directory: string, deployment: Deployment): PolicyBundle {
  const log: Log = [];
  const files = readdirSync(directory)
    .filter((file) => file.endsWith(".cedar"))
    .sort();
  const parsed = files.flatMap((file) => parseFile(directory, file, log));
  checkIds(parsed);
  for (const each of parsed) check(each, deployment);
  checkConfiguration(parsed.length, directory, deployment, log);
  const errors = linesOf(log, "error");
  const warnings = linesOf(log, "warning");
  if (errors.length > 0) {
    const count = `${errors.length} ${errors.length === 1 ? "error" : "errors"} in the policies`;
    throw new Error([count, ...errors, ...warnings].join("\n"));
  }
  const policies = parsed.map(({ policy }) => policy);
  const schema = baseSchema();
  const version = createHash("sha256").update(JSON.stringify({ schema, policies })).digest("hex");
  return { version, schema, policies, warnings };
}

function linesOf(log: Log, severity: Problem["severity"]): readonly string[] {
  return log
    .filter((entry) => entry.severity === severity)
    .sort((one, other) => one.file.localeCompare(other.file) || one.line - other.line)
    .map(({ text }) => text);
}

function parseFile(directory: string, file: string, log: Log): Parsed[] {
  const source = new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(join(directory, file)));
  const report: Report = (severity, offset, message) => {
    const { line, column } = placeOf(source, offset);
    const text = `${join(basename(directory), file)}:${line}:${column}: ${severity}: ${message}`;
    log.push({ severity, file, line, text });
  };
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
    report(severity, Math.max(0, policy.text.indexOf(at)), message);
  }
  // With an unknown name the schema lacks it too, and Cedar would say the same in other words.
  if (problems.some(({ severity }) => severity === "error")) return;
  validate(parsed);
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

function checkConfiguration(count: number, directory: string, { issuers }: Deployment, log: Log): void {
  const report = (text: string) => log.push({ severity: "error", file: "", line: 0, text });
  // The agent's entity is `<issuer>|<subject>`: with a bar in the issuer two agents could have one name.
  for (const { issuer } of issuers.filter((each) => each.issuer.includes("|"))) {
    report(`configuration: error: the issuer \`${issuer}\` holds a \`|\``);
  }
  if (count === 0 && log.length === 0) {
    report(`${directory}: error: no policy in any \`*.cedar\` file: every request would be denied`);
  }
}
