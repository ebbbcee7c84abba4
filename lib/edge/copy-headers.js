// The CloudFront Function at the viewer's request: carries the client's own headers past CloudFront and API Gateway,
// which drop, rename or rewrite some of them. Every header here is attacker-controlled, event.viewer is CloudFront's.
// It decides nothing: the verifier behind it does. Runtime cloudfront-js-2.0: no modules, no imports, under 10 KB.
// lib/edge-distribution.ts replaces the three "__...__" texts by the constants of lambdas/model/edge-headers.ts.
const COPIED = "__COPIED_HEADERS__";
const COPY_PREFIX = "__COPY_HEADER_PREFIX__";
const OURS = "__EDGE_HEADER_PREFIX__";

// biome-ignore lint/correctness/noUnusedVariables: CloudFront calls `handler` by its name
function handler(event) {
  const request = event.request;
  const headers = request.headers;
  const names = Object.keys(headers);
  // INVARIANT: delete before copying. After this loop nothing named like ours comes from the client.
  for (let i = 0; i < names.length; i++) {
    if (names[i].toLowerCase().indexOf(OURS) === 0) {
      delete headers[names[i]];
    }
  }
  for (let i = 0; i < COPIED.length; i++) {
    const original = headers[COPIED[i]];
    if (original !== undefined) {
      headers[COPY_PREFIX + COPIED[i]] = copyOf(original);
    }
  }
  // API Gateway would judge a signature that is not meant for it; the copy is what the verifier reads.
  delete headers.authorization;
  headers[`${OURS}viewer-ip`] = { value: event.viewer.ip };
  return request;
}

// Header that came more than once: `multiValue` holds every value, `value` only one of them.
function copyOf(original) {
  if (original.multiValue === undefined) {
    return { value: original.value };
  }
  return { value: original.value, multiValue: original.multiValue.map((one) => ({ value: one.value })) };
}
