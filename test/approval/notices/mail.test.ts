import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mailOf } from "../../../lambdas/approval/notices/mail.ts";
import { visibleText } from "../../../lambdas/approval/notices/visible-text.ts";
import { approvalOf, ID, NOW, URL } from "../approvals.ts";

const mail = (changes: Parameters<typeof approvalOf>[0] = {}) =>
  mailOf({
    approval: approvalOf(changes),
    step: "ask",
    from: "countersign@example.com",
    to: "ada@example.com",
    publicUrl: URL,
    now: NOW,
  });

describe("the mail", () => {
  it("says who asks for what, where, why, for how long, and has one link", () => {
    const { subject, text, html } = mail();
    expect(subject).toBe("Approval needed: s3 DeleteBucket by deploy-bot");
    for (const fact of [
      "deploy-bot",
      "Olga",
      "arn:aws:s3:::orders",
      "111122223333",
      "eu-west-1",
      "hold-deletes",
      "1 h 0 min",
    ]) {
      expect(text).toContain(fact);
      expect(html).toContain(fact);
    }
    const link = `${URL}/approvals/${ID}`;
    expect(text.match(/https?:\S+/g)).toEqual([link]);
    expect(html.match(/href="[^"]*"/g)).toEqual([`href="${link}"`]);
    expect(html).not.toMatch(/<form|<script|<img|<link|action=/);
  });

  it("lets no text of the agent become a header, markup or another link, and stays short", () => {
    const unit = fc.oneof(
      fc.constantFrom("\r\n", "\nBcc: x@example.com", "<b>", "</td>", '"', "&", "https://evil.example/"),
      fc.string({ unit: "binary", maxLength: 20 }),
    );
    fc.assert(
      fc.property(fc.array(unit, { maxLength: 60 }), fc.nat(500), (parts, many) => {
        const value = parts.join("");
        const resources = Array.from({ length: many }, () => value);
        const call = {
          ...approvalOf().call,
          operation: value,
          region: value,
          actions: [{ action: value, resources }],
        };
        const { subject, text, html } = mail({ agent: value, owner: value, policies: resources, call });
        expect(subject).toMatch(/^[\x20-\x7e]{1,150}$/);
        expect(text).toMatch(/^[\n\x20-\x7e]{1,60000}$/);
        expect(text.match(/https?:\/\/\S+/g)).toHaveLength(1);
        expect(html).not.toMatch(/<b>|evil\.example\/"|[^\n\x20-\x7e]/);
        expect(html.match(/<a /g)).toHaveLength(1);
        expect(html.match(/<td/g)?.length).toBe(html.match(/<\/td>/g)?.length);
      }),
    );
  });
});

describe("visible text", () => {
  it.each([
    ["plain text", "plain text"],
    ["p\u0430ypal", "p\\u{430}ypal"],
    ["a\u202eb", "a\\u{202e}b"],
    ["a\r\nb", "a\\u{d}\\u{a}b"],
    ["a  b", "a \\u{20}b"],
    ["\\u{41}", "\\u{5c}u{41}"],
    ["C:\\dir", "C:\\dir"],
    ["\u{1f600}", "\\u{1f600}"],
    ["\ud800", "\\u{d800}"],
  ])("shows %j as %j", (text, shown) => {
    expect(visibleText(text, 100)).toBe(shown);
  });

  it("is printable, and never the same for two different texts of its length", () => {
    const any = fc.string({ unit: "binary", maxLength: 40 });
    fc.assert(
      fc.property(any, any, (one, other) => {
        expect(visibleText(one, 100)).toMatch(/^[\x20-\x7e]*$/);
        expect(visibleText(one, 100) === visibleText(other, 100)).toBe(one === other);
      }),
    );
  });

  it("says how much it leaves out", () => {
    expect(visibleText("x".repeat(1_000_000), 5)).toBe("xxxxx... (999995 more characters)");
  });
});
