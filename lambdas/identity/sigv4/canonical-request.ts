// Builds the canonical request of SigV4 from what arrived. Decides one thing: whether a path may be taken at all, since
// a path that clients and servers normalise differently would let them see two different resources.

import { type Refusal, refuse } from "../../model/refusal.ts";
import type { QueryParameter, WireRequest } from "../../model/wire-request.ts";
import { signsRawPath } from "./signing-names.ts";

export interface CanonicalParts {
  readonly service: string;
  readonly signedHeaders: readonly string[];
  readonly payloadHash: string;
}

const ROOTS = ["/aws", "/aws/"];

/**
 * Returns the texts that the client may have signed: one, or two for the root, whose last slash does not survive every
 * proxy. S3 signs the path as sent; everybody else signs it encoded once more, and non-normal paths are refused.
 */
export function canonicalRequests(
  request: WireRequest,
  parts: CanonicalParts,
): { readonly kind: "canonical"; readonly texts: readonly string[] } | Refusal {
  const raw = signsRawPath(parts.service);
  if (!raw && !isNormal(request.path)) {
    return refuse(
      "ValidationError",
      "the path holds `//`, `.` or `..`, which this service's clients and servers would read differently",
    );
  }
  const paths = ROOTS.includes(request.path) ? ROOTS : [request.path];
  const rest = [
    canonicalQuery(request.query),
    ...parts.signedHeaders.map((name) => `${name}:${canonicalHeader(request, name)}`),
    "",
    parts.signedHeaders.join(";"),
    parts.payloadHash,
  ].join("\n");
  const texts = paths.map((path) => `${request.method}\n${raw ? path : encodeAgain(path)}\n${rest}`);
  return { kind: "canonical", texts };
}

// A segment is read as AWS will read it, once decoded, and an encoded slash inside it splits it once more.
function isNormal(path: string): boolean {
  if (path.includes("//")) return false;
  return path.split("/").every((segment) =>
    decodeURIComponent(segment)
      .split(/[/\\]/)
      .every((piece) => piece !== "." && piece !== ".."),
  );
}

// The raw path is encoded already: this is the second time, so `%2F` becomes `%252F` and only slashes stay.
function encodeAgain(path: string): string {
  return path.split("/").map(encodeRfc3986).join("/");
}

function canonicalQuery(query: readonly QueryParameter[]): string {
  return query
    .map(([name, value]) => [encodeRfc3986(name), encodeRfc3986(value)] as const)
    .sort(([nameA, valueA], [nameB, valueB]) => compare(nameA, nameB) || compare(valueA, valueB))
    .map(([name, value]) => `${name}=${value}`)
    .join("&");
}

// By code unit, which for encoded text is by byte; `localeCompare` would put `a` before `B`.
function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function canonicalHeader(request: WireRequest, name: string): string {
  // API Gateway and CloudFront write their own length: the client's is that of the body, which ingress compared.
  if (name === "content-length") return String(request.body.byteLength);
  return (request.headers.get(name) ?? []).join(",");
}

// encodeURIComponent leaves `!'()*`, which SigV4 encodes.
function encodeRfc3986(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
