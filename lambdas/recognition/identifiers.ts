// Identifier parameters hold a name, an ARN, a URL or part of one. Each transform here gives the text that the ARN's
// template takes, or a whole ARN; `undefined` says that the resource cannot be told from the parameter.

import { percentDecode } from "./form.ts";
import { Malformed, shown } from "./malformed.ts";

/** A text for one part of a template; with `open`, AWS puts something unknown behind it. */
export interface Identifier {
  readonly text: string;
  readonly open?: boolean;
  /** The account that the identifier itself names. */
  readonly account?: string;
}

/** Cross-region inference profiles by id: `us.vendor.model`. They draw in models of other regions. */
const INFERENCE_PROFILE = /^(?:us|us-gov|eu|apac|au|ca|jp|global)\./;

type Transform = (value: string) => Identifier | undefined;

const ARN =
  /^arn:[a-z0-9-]{1,30}:[a-z0-9-]{1,60}:[a-z0-9-]{0,40}:(?:[0-9]{12}|aws|[a-z0-9-]{1,40})?:.{1,1900}$/s;

export function isArn(value: string): boolean {
  return ARN.test(value);
}

const plain: Transform = (value) => (value === "" ? undefined : { text: value });

const TRANSFORMS: Readonly<Record<string, Transform>> = {
  open: (value) => ({ text: value, open: true }),
  groupBelow: (value) => ({ text: `${value.replace(/:\*$/, "")}:`, open: true }),
  queue: queueName,
  function: functionName,
  layer: plain,
  secret: secretName,
  parameter: (value) => plain(isArn(value) ? value : withoutSelector(value).replace(/^\//, "")),
  parameterPath: (value) => plain(value.replace(/^\//, "").replace(/\/$/, "")),
  parameterBelow: (value) => ({ text: value.replace(/^\//, "").replace(/([^/])$/, "$1/"), open: true }),
  key: (value) => (/^alias\/|:alias\//.test(value) ? undefined : plain(value)),
  alias: (value) => plain(value.replace(/^alias\//, "")),
  zone: (value) => plain(value.replace(/^\/?(?:hostedzone|change|delegationset|healthcheck)\//, "")),
  cluster: (value) => plain(isArn(value) ? (value.split("/")[1] ?? "") : value),
  family: (value) => plain(isArn(value) ? value : (value.split(":")[0] ?? "")),
  revision: (value) => plain(isArn(value) ? "" : (value.split(":")[1] ?? "")),
  scope: (value) => plain({ REGIONAL: "regional", CLOUDFRONT: "global" }[value] ?? ""),
  model: (value) => (INFERENCE_PROFILE.test(value) ? undefined : plain(value)),
  profile: (value) => (INFERENCE_PROFILE.test(value) ? plain(value) : undefined),
  ec2id: ec2Resource,
  path: (value) => plain(value.replace(/^\//, "")),
  role: (value) => (/^arn:[a-z-]+:iam::[0-9]{12}:role\//.test(value) ? { text: value } : undefined),
  copyBucket: (value) => plain(copySource(value).bucket),
  copyKey: (value) => plain(copySource(value).key),
  copyVersion: (value) => plain(copySource(value).version ?? ""),
};

export function identify(value: string, transform: string | undefined): Identifier | undefined {
  if (transform === undefined) return plain(value);
  const known = TRANSFORMS[transform];
  if (!known) throw new Error(`the shard names the transform \`${transform}\`, which does not exist`);
  return known(value);
}

/** `https://sqs.eu-west-1.amazonaws.com/123456789012/name`: account and name are the last two steps of the path. */
function queueName(value: string): Identifier | undefined {
  const [, account, name] =
    /^https?:\/\/[^/]+\/(?:[^/]+\/)?([0-9]{12})\/([A-Za-z0-9_.-]{1,80})$/.exec(value) ?? [];
  if (account !== undefined && name !== undefined) return { text: name, account };
  return /^[A-Za-z0-9_.-]{1,80}$/.test(value) ? { text: value } : undefined;
}

/** `name`, `name:qualifier`, `123456789012:function:name`, or an ARN of one of these. */
function functionName(value: string): Identifier | undefined {
  if (isArn(value)) return { text: value };
  const [, account, name] =
    /^(?:([0-9]{12}):)?(?:function:)?([A-Za-z0-9_-]{1,140}(?::[A-Za-z0-9$_.-]{1,140})?)$/.exec(value) ?? [];
  if (name === undefined) return undefined;
  return account === undefined ? { text: name } : { text: name, account };
}

/** EC2 ids name their type; images and snapshots have no account in their ARN, so they stay a pattern. */
const EC2_TYPES: Readonly<Record<string, string>> = {
  acl: "network-acl",
  cgw: "customer-gateway",
  eigw: "egress-only-internet-gateway",
  eipalloc: "elastic-ip",
  eni: "network-interface",
  fl: "vpc-flow-log",
  i: "instance",
  igw: "internet-gateway",
  key: "key-pair",
  lt: "launch-template",
  nat: "natgateway",
  pcx: "vpc-peering-connection",
  pl: "prefix-list",
  rtb: "route-table",
  sg: "security-group",
  subnet: "subnet",
  tgw: "transit-gateway",
  vgw: "vpn-gateway",
  vol: "volume",
  vpc: "vpc",
  vpce: "vpc-endpoint",
  vpn: "vpn-connection",
};

function ec2Resource(value: string): Identifier | undefined {
  const [, prefix = ""] = /^([a-z]{1,12})-[0-9a-f]{8,17}$/.exec(value) ?? [];
  const type = Object.hasOwn(EC2_TYPES, prefix) ? EC2_TYPES[prefix] : undefined;
  return type === undefined ? undefined : { text: `${type}/${value}` };
}

/** AWS puts a dash and six characters behind a secret's name; a whole ARN has them, a partial ARN does not. */
function secretName(value: string): Identifier | undefined {
  if (value === "") return undefined;
  if (isArn(value) && /-[A-Za-z0-9]{6}$/.test(value)) return { text: value };
  return { text: `${value}-`, open: true };
}

/** Parameter Store takes `name:version` and `name:label`. */
function withoutSelector(value: string): string {
  const colon = value.indexOf(":");
  return colon < 0 ? value : value.slice(0, colon);
}

interface CopySource {
  readonly bucket: string;
  readonly key: string;
  readonly version: string | undefined;
}

/**
 * `bucket/key` or `/bucket/key`, percent-encoded once, with an optional `?versionId=`. What could be read in two ways
 * is refused: a plus sign (a space to some readers), a broken escape, an ARN.
 */
function copySource(value: string): CopySource {
  const [, source = "", version] = /^\/?([^?+]*)(?:\?versionId=([A-Za-z0-9._%-]+))?$/.exec(value) ?? [];
  const decoded = percentDecode(source, "copy source");
  const slash = decoded.indexOf("/");
  if (slash < 1 || slash === decoded.length - 1 || decoded.slice(0, slash).includes(":")) {
    throw new Malformed(`the copy source ${shown(value)} is not \`bucket/key\`, percent-encoded`);
  }
  return { bucket: decoded.slice(0, slash), key: decoded.slice(slash + 1), version };
}
