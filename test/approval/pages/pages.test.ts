// The pages as text: nothing that they are given becomes markup or passes unseen, and what approvers need is there.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { approvalPage } from "../../../lambdas/approval/pages/approval-page.ts";
import { html } from "../../../lambdas/approval/pages/html.ts";
import { spanOf, timeOf } from "../../../lambdas/approval/pages/times.ts";
import { visible } from "../../../lambdas/approval/pages/visible.ts";
import type { Approval } from "../../../lambdas/model/approval.ts";
import { approvalOf, NOW, voteOf } from "../approvals.ts";

const text = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom("<script>", '"><img src=x onerror=1>', "</title>", "&#x3c;", "'`"),
);

function page(approval: Approval): string {
  return approvalPage({
    approval,
    viewer: { name: "Ada", csrf: "token" },
    now: NOW,
    standing: { groups: [], people: 0, quorum: 1, satisfied: false },
    bar: null,
    notice: null,
  }).toString();
}

/** The tags of a page, in order, with their attributes' values taken out. */
function skeleton(markup: string): string {
  return (markup.match(/<[^>]*>/g) ?? []).map((tag) => tag.replace(/"[^"]*"/g, '""')).join("");
}

describe("html", () => {
  it("lets no text become markup, in an element or in an attribute", () => {
    fc.assert(
      fc.property(text, (value) => {
        const markup = html`<a href="${value}">${[value, html`<b>${value}</b>`]}</a>`.toString();
        expect(skeleton(markup)).toBe('<a href=""><b></b></a>');
        expect(markup.isWellFormed()).toBe(true);
      }),
    );
  });

  it("does not believe an object that looks like markup", () => {
    const forged = { toString: () => "<script>" } as unknown as string;
    expect(html`<p>${forged}</p>`.toString()).toBe("<p></p>");
  });

  it("shows nothing for null and false, and 0 for 0", () => {
    expect(html`${null}${false}${0}`.toString()).toBe("0");
  });
});

describe("visible", () => {
  it.each([
    ["evil\u202Etxt.exe", "U+202E"],
    ["zero\u200bwidth", "U+200B"],
    ["nul\0", "U+0000"],
    ["line\nbreak", "U+000A"],
    ["no-break\u00a0space", "U+00A0"],
    ["e\u0301", "U+0301"],
    ["hangul\u3164filler", "U+3164"],
    ["tag\u{e0041}", "U+E0041"],
    ["\ud800", "U+D800"],
    ["\u2800", "U+2800"],
  ])("shows what has no look of its own by its number: %j", (value, number) => {
    expect(visible(value).toString()).toContain(`<span class="code">${number}</span>`);
  });

  it("marks what is not ASCII, and nothing else", () => {
    expect(visible("\u0430ccounts").toString()).toBe("<mark>\u0430</mark>ccounts");
    expect(visible("arn:aws:s3:::a b").toString()).toBe("arn:aws:s3:::a b");
  });

  it("shows spaces that would be lost", () => {
    expect(visible(" a  b ").toString().match(/·+/g)).toEqual(["·", "··", "·"]);
  });

  it("says how much it leaves out, and that nothing is there", () => {
    expect(visible("x".repeat(2_007)).toString()).toMatch(/x{2000} <span class="cut">and 7 more characters/);
    expect(visible("").toString()).toContain("empty");
  });

  it("writes no invisible character, whatever it is given", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (value) => {
        expect(visible(value).toString().replaceAll("\n", "")).not.toMatch(
          /[\p{C}\p{M}\p{Default_Ignorable_Code_Point}]/u,
        );
      }),
    );
  });

  it("loses no visible character", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z\u0430-\u044f]{0,40}$/), (value) => {
        if (value !== "")
          expect(
            visible(value)
              .toString()
              .replace(/<\/?mark>/g, ""),
          ).toBe(value);
      }),
    );
  });
});

describe("the page of an approval", () => {
  it("has the same markup whatever stands in it", () => {
    const filled = (value: string): Approval =>
      approvalOf({
        agent: value,
        owner: value,
        userAgent: value,
        subject: value,
        policies: [value],
        ending: value,
        call: {
          ...approvalOf().call,
          operation: value,
          actions: [{ action: value, resources: [value] }],
          parameters: [{ path: value, value }],
          resourceSets: [value],
          preview: [{ label: value, value }],
        },
        votes: [{ ...voteOf("Ben", "approve", value), person: { id: value, name: value, groups: [] } }],
      });
    const own = (markup: string) =>
      skeleton(markup).replace(/<\/?mark>|<span class="">|<\/span>|<p class=""><\/p>/g, "");
    const plain = own(page(filled("plain")));
    fc.assert(
      fc.property(text, (value) => {
        // the legend under marked values is ours, and comes with them
        expect(own(page(filled(`${value}x`))).length - plain.length).toBeLessThanOrEqual(16);
        expect(page(filled(value))).not.toMatch(/<script|<img/);
      }),
      { numRuns: 60 },
    );
  });

  it("shows who asks for what, why it is held, what is missing and what follows", () => {
    const shown = page(
      approvalOf({
        callerWaitsUntil: NOW + 5,
        votes: [voteOf("Ben", "approve", "looked at it")],
        call: { ...approvalOf().call, parametersOmitted: 3, preview: [{ label: "Objects", value: "12" }] },
      }),
    );
    for (const needed of [
      "deploy-bot",
      "Olga",
      "192.0.2.1",
      "ZBCDEFGHIJKLMNOPQRSTUVWXY2",
      "Boto3/1.40",
      "In the agent's own words",
      "s3:DeleteBucket",
      "111122223333",
      "eu-west-1",
      "arn:aws:s3:::orders",
      "hold-deletes",
      "critical",
      "Changes or deletes",
      "1 h left",
      "3 of 4 are not shown",
      "Objects",
      "looked at it",
      "The caller is waiting",
      "It runs once, and only while the caller waits",
      'name="choice" value="approve"',
      "required></textarea>",
    ])
      expect(shown.replaceAll("&#39;", "'")).toContain(needed);
  });

  it("says that the gateway runs a stored call by itself, and that a role is opened for a session", () => {
    const { demand } = approvalOf();
    expect(page(approvalOf({ demand: { ...demand, run: "stored" } }))).toContain("runs it once by itself");
    expect(page(approvalOf({ kind: "session" }))).not.toContain("grantCalls");
  });

  it.each([
    ["approved", "It has not run yet"],
    ["done", "carried out"],
    ["failed", "certainly not carried out"],
    ["in_doubt", "no answer of AWS is known"],
    ["rejected", "Rejected"],
    ["expired", "Nobody decided in time"],
    ["cancelled", "Withdrawn"],
  ] as const)("tells how it ended: %s", (status, words) => {
    expect(page(approvalOf({ status, ending: "the reason" }))).toMatch(new RegExp(`${words}[^]*the reason`));
  });
});

describe("times", () => {
  it.each([
    [59, "59 s"],
    [60, "1 min"],
    [3_600, "1 h"],
    [7_500, "2 h 5 min"],
    [90_000, "1 d 1 h"],
    [-1, "0 s"],
  ])("of %i s read `%s`", (seconds, words) => {
    expect(spanOf(seconds)).toBe(words);
  });
  it("are in UTC", () => {
    expect(timeOf(0)).toBe("1970-01-01 00:00 UTC");
  });
});
