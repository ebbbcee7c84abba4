// Whether these tests would notice: everything that serves requests is taken out of the template, one thing at a time,
// and for each the end-to-end checks must fail, in words that name it. What may go unnoticed stands in a list, with the
// reason; a grant, variable, header or setting that is new and that nothing needs fails this suite.
// One deployment serves for all that leave its data alone: only what the mutant changes is started anew.

import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { DEMO_PEOPLE } from "../../lib/local/demo-world.ts";
import type { Template } from "../../lib/local/template.ts";
import { type Check, checksOf, type Subject, subjectOf } from "./checks.ts";
import { type Demo, openTestSite } from "./demo.ts";
import { copiedHeaders, type Mutant, mutantsOf, uncachedStatuses } from "./mutants.ts";
import { CHECKING_ADMINISTRATOR, readersOf } from "./people-checks.ts";
import { UNNOTICED } from "./unnoticed.ts";

// Beside the policies that are shipped, whose approved calls are run by their callers.
const STORED = `
@id("stored-writes")
@approve("group=prod-approvers run=stored")
permit (
  principal in Countersign::Group::"mcp-maintainers",
  action == AWS::Action::"s3:PutObject",
  resource is AWS::Resource
);
`;
const policies = mkdtempSync(join(tmpdir(), "countersign-policies-"));
cpSync(join(import.meta.dirname, "../../policies"), policies, { recursive: true });
writeFileSync(join(policies, "stored.cedar"), STORED);

// The tests are made from the template, so it is synthesised before they are collected.
const site = await openTestSite({
  policies,
  people: [...DEMO_PEOPLE, CHECKING_ADMINISTRATOR],
  settings: readersOf,
});
rmSync(policies, { recursive: true, force: true });
const { demo: untouched, template } = await deployUntouched();
const checks = checksOf(copiedHeaders(template), uncachedStatuses(template));
const mutants = mutantsOf(template);

async function deployUntouched(): Promise<{ readonly demo: Demo; readonly template: Template }> {
  let seen: Template = { Resources: {} };
  const demo = await site.deploy((served) => {
    seen = structuredClone(served);
  });
  return { demo, template: seen };
}

afterAll(async () => {
  await untouched.cloud.stop();
  await site.close();
});

describe("the template as it is", () => {
  const subject = subjectOf(untouched);
  test.each(checks.map((check) => [check.name, check] as const))("%s", async (_name, check) => {
    expect(await firstFailure(subject, [check])).toBe("");
  });
});

describe("the lists", () => {
  test("hold something of every kind", () => {
    const kinds = [
      "resource ",
      "grant ",
      "header copy ",
      "line of the edge's function",
      "Environment.Variables.",
    ];
    for (const kind of kinds)
      expect(mutants.filter(({ name }) => name.includes(kind)).length).toBeGreaterThan(3);
  });

  test("name each mutant once, and let nothing go unnoticed that is not there", () => {
    expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length);
    const idle = UNNOTICED.filter(({ mutants: pattern }) => !mutants.some(({ name }) => pattern.test(name)));
    expect(idle).toEqual([]);
  });
});

describe("the checks fail without", () => {
  const missed = mutants.filter(({ name }) => !UNNOTICED.some((one) => one.mutants.test(name)));
  test.each(missed.map((mutant) => [mutant.name, mutant] as const))("%s", async (name, mutant) => {
    const failure = await failureWithout(mutant);
    expect(failure, `nothing fails without: ${name}`).not.toBe("");
    if (mutant.told !== undefined) expect(failure).toContain(mutant.told);
  });
});

/** What the checks say about the mutated deployment; `""` when all of them pass. */
async function failureWithout(mutant: Mutant): Promise<string> {
  try {
    const { demo, undo } = await deployed(mutant);
    try {
      return await firstFailure(subjectOf(demo), inOrder(mutant));
    } finally {
      untouched.cloud.aws.heal();
      await undo();
    }
  } catch (error) {
    return `it does not start: ${error}`;
  }
}

async function deployed({
  remove,
}: Mutant): Promise<{ readonly demo: Demo; readonly undo: () => Promise<void> }> {
  const change = untouched.cloud.change(remove);
  if (change !== undefined) {
    return { demo: { ...untouched, cloud: { ...untouched.cloud, ...change } }, undo: change.undo };
  }
  const demo = await site.deploy(remove);
  return {
    demo,
    undo: async () => {
      await demo.cloud.stop();
      untouched.cloud.change(() => {})?.undo();
    },
  };
}

/** The check that is about this very thing first, then those of its area. */
function inOrder({ told, area }: Mutant): readonly Check[] {
  const rank = (check: Check): number =>
    told !== undefined && check.name.includes(told) ? 0 : check.area === area ? 1 : 2;
  return checks.toSorted((one, other) => rank(one) - rank(other));
}

async function firstFailure(subject: Subject, ordered: readonly Check[]): Promise<string> {
  for (const check of ordered) {
    try {
      await check.run(subject);
    } catch (error) {
      return `${check.name}: ${error}\n${evidenceOf(subject)}`;
    }
  }
  return "";
}

/** Where an operator would look: what AWS denied, what the edge could not do, what the function logged. */
function evidenceOf({ demo: { cloud }, since }: Subject): string {
  const denied = cloud.aws.requests
    .slice(since)
    .filter(({ decision }) => decision === "denied")
    .map(({ why }) => why);
  return [...denied, ...cloud.edgeErrors, ...cloud.logs.map(({ text }) => text)].join("\n");
}
