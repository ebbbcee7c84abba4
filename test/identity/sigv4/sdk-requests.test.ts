import { beforeAll, describe, expect, test, vi } from "vitest";
import { asEvent } from "../../ingress/as-event.ts";
import { NOW } from "./independent-signer.ts";
import { judge } from "./judge.ts";
import { HOSTILE_KEYS, type SdkRequest, sdkRequests, unsignedCacheControl } from "./sdk-requests.ts";
import { serviceRequests } from "./sdk-services.ts";

const SERVICES = 25;
let requests: readonly SdkRequest[] = [];

beforeAll(async () => {
  vi.useFakeTimers({ now: NOW * 1000, toFake: ["Date"] });
  requests = [...(await sdkRequests()), ...(await serviceRequests())];
  vi.useRealTimers();
});

describe("requests of the AWS SDK for JavaScript", () => {
  test(`all verify, of ${SERVICES} services and more, over HTTP and TLS`, () => {
    expect(requests.length).toBeGreaterThan(150);
    for (const protocol of ["http", "https"]) {
      const services = requests
        .filter(({ name }) => name.endsWith(` over ${protocol}`))
        .map(({ sent }) => signingNameOf(sent));
      expect(new Set(services).size, protocol).toBeGreaterThanOrEqual(SERVICES);
    }
    const refused = requests
      .map(({ name, sent }) => ({ name, ...judge(asEvent(sent)) }))
      .filter(({ end }) => end !== "verified")
      .map(({ name, end, message }) => `${name}: ${end} ${message}`);
    expect(refused).toEqual([]);
  });

  test("keep their S3 keys byte for byte", () => {
    for (const key of HOSTILE_KEYS) {
      for (const { sent } of requests.filter(({ name }) => name.includes(`\`${key.slice(0, 30)}\``))) {
        const { request } = judge(asEvent(sent));
        expect(request?.path).toBe(sent.path.slice("/aws".length));
        expect(decodeURIComponent(request?.path ?? "")).toBe(`/bucket/${key}`);
      }
    }
  });

  test("come out without framing, and with the checksum of the trailer as a header", () => {
    const streamed = requests.filter(({ sent }) =>
      sent.headers.some(([, value]) => value === "STREAMING-UNSIGNED-PAYLOAD-TRAILER"),
    );
    expect(streamed.length).toBeGreaterThanOrEqual(6);
    for (const { sent } of streamed) {
      const { request } = judge(asEvent(sent));
      const names = [...(request?.headers.keys() ?? [])];
      expect(names).not.toContain("x-amz-trailer");
      expect(names).not.toContain("x-amz-decoded-content-length");
      expect(names.filter((name) => /^x-amz-checksum-(crc|sha)/.test(name))).toHaveLength(1);
      expect(request?.headers.get("content-encoding") ?? []).not.toContain("aws-chunked");
      const [, declared] = sent.headers.find(([name]) => name === "x-amz-decoded-content-length") ?? [];
      expect(request?.body.byteLength).toBe(Number(declared));
    }
  });

  test("are refused by name when the SDK leaves a header unsigned that would otherwise be lost in silence", async () => {
    vi.useFakeTimers({ now: NOW * 1000, toFake: ["Date"] });
    const sent = await unsignedCacheControl();
    vi.useRealTimers();
    expect(judge(asEvent(sent))).toMatchObject({
      end: "IncompleteSignature",
      message: expect.stringMatching(/`cache-control` is not covered.*leave `CacheControl` out/),
    });
  });

  test("keep the content coding of the object", () => {
    const gzip = requests.filter(({ name }) => name.includes("gzip"));
    for (const { sent } of gzip)
      expect(judge(asEvent(sent)).request?.headers.get("content-encoding")).toEqual(["gzip"]);
  });
});

function signingNameOf({ headers }: SdkRequest["sent"]): string {
  const authorization = headers.find(([name]) => name.toLowerCase() === "authorization")?.[1] ?? "";
  return /Credential=[^/]+\/\d+\/[^/]+\/([^/]+)\//.exec(authorization)?.[1] ?? "";
}
