// The template's CloudFront distribution: one origin, one behaviour, its function and its caching of errors. Serves the
// settings that it can act on and refuses the rest, so that a changed setting is either felt in a test or stops it.

import { type Members, TemplateError } from "./members.ts";
import type { ResourcesOf } from "./template.ts";
import { oneOf } from "./template-api.ts";

export interface Distribution {
  readonly id: string;
  readonly domainName: string;
  readonly allowedMethods: ReadonlySet<string>;
  /** Source of the viewer-request function; `undefined` when none is associated. */
  readonly functionCode: string | undefined;
  /** `all-viewer-except-host`, or `none`: then hardly anything of the viewer's reaches the origin. */
  readonly forwards: "all-viewer-except-host" | "none";
  readonly origin: {
    readonly host: string;
    /** Without a slash at its end; may be empty. */
    readonly path: string;
    readonly headers: readonly (readonly [name: string, value: string])[];
    readonly readTimeoutSeconds: number;
  };
  /** Seconds by status, where the template states them. */
  readonly errorTtl: ReadonlyMap<number, number>;
}

// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html
const CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad";
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-origin-request-policies.html
const ALL_VIEWER_EXCEPT_HOST = "b689b0a8-53d0-40ab-baf2-68738e2966ac";

const DEFAULT_METHODS = ["GET", "HEAD"];
const DEFAULT_READ_TIMEOUT = 30; // seconds
const MAX_FUNCTION_BYTES = 10_240;

export function readDistribution(resourcesOf: ResourcesOf): Distribution {
  const functions = readFunctionCodes(resourcesOf);
  const distribution = oneOf(resourcesOf("AWS::CloudFront::Distribution"), "AWS::CloudFront::Distribution");
  const config = distribution.properties.members("DistributionConfig");
  distribution.properties.ignore("Tags");
  distribution.properties.done();
  config.ignore(
    "Comment",
    "Logging",
    "HttpVersion",
    "IPV6Enabled",
    "PriceClass",
    "Aliases",
    "ViewerCertificate",
    "WebACLId",
  );
  config.exactly("Enabled", true);
  const errors = config.each("CustomErrorResponses").map(readErrorTtl);
  const behaviour = readBehaviour(config.members("DefaultCacheBehavior"), functions);
  const view = {
    id: distribution.ref,
    domainName: distribution.attributes.DomainName ?? "",
    ...behaviour.view,
    origin: readOrigin(config.each("Origins"), behaviour.originId),
    errorTtl: new Map(errors),
  };
  config.done();
  return view;
}

function readFunctionCodes(resourcesOf: ResourcesOf): ReadonlyMap<string, string> {
  return new Map(
    resourcesOf("AWS::CloudFront::Function").map(({ ref, properties }) => {
      properties.ignore("Name");
      properties.exactly("AutoPublish", true);
      const config = properties.members("FunctionConfig");
      config.ignore("Comment");
      config.exactly("Runtime", "cloudfront-js-2.0");
      config.done();
      const code = properties.text("FunctionCode");
      if (Buffer.byteLength(code) > MAX_FUNCTION_BYTES) {
        throw new TemplateError(
          properties.path,
          `is larger than CloudFront's limit of ${MAX_FUNCTION_BYTES} bytes`,
        );
      }
      properties.done();
      return [ref, code] as const;
    }),
  );
}

interface Behaviour {
  readonly originId: string;
  readonly view: Pick<Distribution, "allowedMethods" | "functionCode" | "forwards">;
}

function readBehaviour(behaviour: Members, functions: ReadonlyMap<string, string>): Behaviour {
  // The plain listener stands for a viewer behind TLS, so that a first try needs no certificate.
  behaviour.exactly("ViewerProtocolPolicy", "https-only", "redirect-to-https", "allow-all");
  behaviour.exactly("CachePolicyId", CACHING_DISABLED);
  behaviour.only("OriginRequestPolicyId", ALL_VIEWER_EXCEPT_HOST);
  behaviour.exactly("Compress", false);
  const associated = behaviour.each("FunctionAssociations").map((association) => {
    association.exactly("EventType", "viewer-request");
    const code = functions.get(association.text("FunctionARN"));
    if (code === undefined)
      throw new TemplateError(association.path, "names a function that is not in the template");
    association.done();
    return code;
  });
  const methods = behaviour.has("AllowedMethods") ? behaviour.texts("AllowedMethods") : DEFAULT_METHODS;
  const originId = behaviour.text("TargetOriginId");
  const forwards = behaviour.has("OriginRequestPolicyId") ? "all-viewer-except-host" : "none";
  behaviour.done();
  return { originId, view: { allowedMethods: new Set(methods), functionCode: associated[0], forwards } };
}

function readOrigin(origins: readonly Members[], id: string): Distribution["origin"] {
  const [origin] = origins.filter((one) => one.text("Id") === id);
  if (origin === undefined || origins.length > 1)
    throw new TemplateError("Origins", "must hold the one that is used");
  // How often CloudFront tries to open a connection cannot be felt within one process.
  origin.ignore("Id", "ConnectionAttempts", "ConnectionTimeout");
  const custom = origin.members("CustomOriginConfig");
  custom.ignore("OriginKeepaliveTimeout", "OriginSSLProtocols", "HTTPSPort");
  custom.exactly("OriginProtocolPolicy", "https-only");
  const view = {
    host: origin.text("DomainName"),
    path: origin.maybeText("OriginPath") ?? "",
    headers: origin.each("OriginCustomHeaders").map((header) => {
      return [header.text("HeaderName"), header.text("HeaderValue")] as const;
    }),
    readTimeoutSeconds: custom.maybeNumber("OriginReadTimeout") ?? DEFAULT_READ_TIMEOUT,
  };
  custom.done();
  origin.done();
  return view;
}

function readErrorTtl(error: Members): readonly [number, number] {
  const entry = [error.number("ErrorCode"), error.maybeNumber("ErrorCachingMinTTL") ?? 10] as const;
  // A page of CloudFront's own in place of the answer would hide AWS-shaped errors.
  error.done();
  return entry;
}
