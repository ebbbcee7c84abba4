import { describe, expect, test } from "vitest";
import { asEvent } from "../../ingress/as-event.ts";
import { judge } from "./judge.ts";
import { botocoreRequests } from "./recorded-requests.ts";

// botocore signs everything but a few connection headers, leaves `amz-sdk-*` unsigned, sends S3 paths with dot
// segments unchanged, and over TLS frames uploads with an unsigned trailer.
describe("requests recorded from botocore", () => {
  const requests = botocoreRequests();

  test("all verify, over HTTP and TLS", () => {
    expect(requests.length).toBeGreaterThan(130);
    const refused = requests
      .map(({ name, sent }) => ({ name, ...judge(asEvent(sent)) }))
      .filter(({ end }) => end !== "verified")
      .map(({ name, end, message }) => `${name}: ${end} ${message}`);
    expect(refused).toEqual([]);
  });

  test("keep their S3 keys byte for byte", () => {
    const gets = requests.filter(({ name }) => name.startsWith("s3 GetObject of"));
    expect(gets).toHaveLength(44);
    for (const { name, sent } of gets) {
      const { request } = judge(asEvent(sent));
      const key = name.slice("s3 GetObject of ".length, name.lastIndexOf(" over "));
      expect(`/aws${request?.path}`).toBe(sent.path);
      expect(decodeURIComponent(request?.path ?? "")).toBe(`/bucket/${key}`);
    }
  });

  test("reach the root with and without its last slash as `/`", () => {
    for (const { sent } of requests.filter(({ sent }) => /^\/aws\/?$/.test(sent.path))) {
      expect(judge(asEvent(sent)).request?.path).toBe("/");
      const slashed = sent.path === "/aws" ? "/aws/" : "/aws";
      expect(judge(asEvent({ ...sent, path: slashed })).request?.path).toBe("/");
    }
  });

  test("come from at least 25 services", () => {
    const services = new Set(requests.map(({ sent }) => judge(asEvent(sent)).request?.signingName));
    expect(services.size).toBeGreaterThanOrEqual(25);
  });
});
