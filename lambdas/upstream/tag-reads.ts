// How the tags of a resource are read: a table of reads, each one request to the service that holds the tags, and how its
// answer is understood. Pure. Decides what may be asked for a resource; whatever is not in the table has no tags that can
// be known, and a policy that reads them refuses. An answer that is not wholly understood counts as unreadable.
// Services that answer for their own tags come first: the Resource Groups Tagging API is eventually consistent.

import type { AwsResource, UpstreamRequest } from "../model/aws-call.ts";
import { readTagXml } from "./tag-xml.ts";

export type Tags = Readonly<Record<string, string>>;

export interface TagRead {
  /** Names whose tags these are: the bucket of an object, the table of an index. */
  readonly subject: string;
  /** What the session policy of this one read allows. */
  readonly action: string;
  readonly resource: string;
  readonly signingName: string;
  readonly region: string;
  readonly upstream: UpstreamRequest;
  /** `absent`: there is no such resource, so there are no tags. */
  parse(status: number, body: string): Tags | "absent" | "unreadable";
}

/** Where the call goes: AWS says of no bucket's ARN which region it is in. */
export interface TagPlace {
  readonly partition: string;
  readonly region: string;
  readonly account: string;
}

const SUFFIXES: ReadonlyMap<string, string> = new Map([
  ["aws", "amazonaws.com"],
  ["aws-us-gov", "amazonaws.com"],
  ["aws-cn", "amazonaws.com.cn"],
]);
const REGION = /^[a-z]{2}(-[a-z]{1,10}){1,3}-\d$/;
const BUCKET = /^arn:[a-z-]+:s3:::([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(\/|$)/;
const TABLE = /^(arn:[a-z-]+:dynamodb:[a-z0-9-]+:\d{12}:table\/[\w.-]{3,255})(\/|$)/;
/** What the Resource Groups Tagging API answers for, by how the ARN goes on after the account. */
const BY_TAGGING_API: ReadonlyMap<string, RegExp> = new Map([
  ["ec2", /^(instance|volume|snapshot|security-group|vpc|subnet)\/[a-z0-9-]+$/],
  ["lambda", /^function:[\w-]+$/],
  ["rds", /^(db|cluster):[a-z0-9-]+$/],
  ["secretsmanager", /^secret:[\w/+=.@-]+$/],
  ["sqs", /^[\w.-]+$/],
  ["ssm", /^parameter\/[\w./-]+$/],
]);

/** Returns the read, or `undefined` when the tags of this resource cannot be known. */
export function tagReadOf(resource: AwsResource, place: TagPlace): TagRead | undefined {
  const suffix = SUFFIXES.get(place.partition);
  if (suffix === undefined || !REGION.test(place.region)) return undefined;
  const [head] = resource.literals;
  const isWhole = resource.literals.length === 1;
  const bucket = nameIn(BUCKET, head, isWhole);
  if (bucket !== undefined) return bucketRead(bucket, place, suffix);
  const table = nameIn(TABLE, head, isWhole);
  if (table !== undefined && isHere(table, place)) return tableRead(table, place, suffix);
  return isWhole ? taggingApiRead(head, place, suffix) : undefined;
}

/** The name, where it surely ends: at the end of an exact ARN, or at a slash in the known beginning of a pattern. */
function nameIn(form: RegExp, head: string, isWhole: boolean): string | undefined {
  const [, name, end] = form.exec(head) ?? [];
  return isWhole || end === "/" ? name : undefined;
}

/** A read under the call's own role answers for its own account, in the region that the request goes to. */
function isHere(arn: string, { region, account }: TagPlace): boolean {
  const [, , , arnRegion, arnAccount] = arn.split(":");
  return arnRegion === region && arnAccount === account;
}

function bucketRead(bucket: string, { partition, region }: TagPlace, suffix: string): TagRead {
  const arn = `arn:${partition}:s3:::${bucket}`;
  return {
    subject: arn,
    action: "s3:GetBucketTagging",
    resource: arn,
    signingName: "s3",
    region,
    upstream: {
      method: "GET",
      host: `s3.${region}.${suffix}`,
      path: `/${bucket}`,
      query: [["tagging", ""]],
      headers: [],
      body: new Uint8Array(),
    },
    parse(status, body) {
      if (status === 404 && body.includes("<Code>NoSuchTagSet</Code>")) return {};
      if (status === 404 && body.includes("<Code>NoSuchBucket</Code>")) return "absent";
      return status === 200 ? readTagXml(body) : "unreadable";
    },
  };
}

function tableRead(arn: string, { region }: TagPlace, suffix: string): TagRead {
  return {
    subject: arn,
    action: "dynamodb:ListTagsOfResource",
    resource: arn,
    signingName: "dynamodb",
    region,
    upstream: jsonRequest(`dynamodb.${region}.${suffix}`, "1.0", "DynamoDB_20120810.ListTagsOfResource", {
      ResourceArn: arn,
    }),
    parse(status, body) {
      const answer = objectIn(body);
      if (status === 400 && String(answer?.__type).endsWith("#ResourceNotFoundException")) return "absent";
      const isAll = answer?.NextToken === undefined || answer.NextToken === null;
      return status === 200 && isAll ? tagList(answer?.Tags) : "unreadable";
    },
  };
}

function taggingApiRead(arn: string, place: TagPlace, suffix: string): TagRead | undefined {
  const [, , service = "", , , ...rest] = arn.split(":");
  if (!isHere(arn, place) || BY_TAGGING_API.get(service)?.test(rest.join(":")) !== true) return undefined;
  const target = "ResourceGroupsTaggingAPI_20170126.GetResources";
  return {
    subject: arn,
    action: "tag:GetResources",
    resource: "*", // the action has no resource of its own in IAM
    signingName: "tagging",
    region: place.region,
    upstream: jsonRequest(`tagging.${place.region}.${suffix}`, "1.1", target, { ResourceARNList: [arn] }),
    parse(status, body) {
      const answer = objectIn(body);
      const found = answer?.ResourceTagMappingList;
      if (status !== 200 || !Array.isArray(found) || answer?.PaginationToken) return "unreadable";
      // Never tagged, or not there: this API cannot tell them apart, and either has no tags.
      if (found.length === 0) return "absent";
      const [mapping] = found as { ResourceARN?: unknown; Tags?: unknown }[];
      return found.length === 1 && mapping?.ResourceARN === arn ? tagList(mapping.Tags) : "unreadable";
    },
  };
}

function jsonRequest(host: string, version: string, target: string, input: object): UpstreamRequest {
  return {
    method: "POST",
    host,
    path: "/",
    query: [],
    headers: [
      ["content-type", `application/x-amz-json-${version}`],
      ["x-amz-target", target],
    ],
    body: new TextEncoder().encode(JSON.stringify(input)),
  };
}

function objectIn(body: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function tagList(list: unknown): Tags | "unreadable" {
  if (!Array.isArray(list)) return "unreadable";
  const tags: Record<string, string> = Object.create(null);
  for (const { Key, Value } of list as { Key?: unknown; Value?: unknown }[]) {
    if (typeof Key !== "string" || typeof Value !== "string") return "unreadable";
    tags[Key] = Value;
  }
  return tags;
}
