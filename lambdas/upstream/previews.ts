// What an approver may be shown of a deletion's target: a table of reads, each one request under a session policy for that
// one read, and what of its answer is told. Only facts that are no data: sizes, counts, times, states, names of attributes.
// Best effort: an answer that is not understood shows nothing. What it says is AWS's and, in names, the target's owner's.

import type { AwsCall, ParameterTree, UpstreamRequest } from "../model/aws-call.ts";

type PreviewRow = { readonly label: string; readonly value: string };

export interface PreviewRead {
  /** What the session policy of this one read allows. */
  readonly action: string;
  readonly resource: string;
  readonly upstream: UpstreamRequest;
  /** Lower-case header names. */
  parse(status: number, headers: ReadonlyMap<string, string>, body: string): readonly PreviewRow[] | null;
}

type Preview = (call: AwsCall, resource: string) => Omit<PreviewRead, "resource"> | null;

/** Returns the read, or `null` where there is none for this operation. */
export function previewOf(call: AwsCall): PreviewRead | null {
  const preview = PREVIEWS.get(`${call.service}:${call.operation}`);
  const [target] = call.actions[0].resources;
  if (preview === undefined || target.literals.length !== 1) return null;
  const read = preview(call, target.literals[0]);
  return read === null
    ? null
    : { resource: ANY_RESOURCE.test(read.action) ? "*" : target.literals[0], ...read };
}

/** These have no resource of their own in IAM. */
const ANY_RESOURCE = /^ec2:Describe/;

const PREVIEWS: ReadonlyMap<string, Preview> = new Map<string, Preview>([
  ["s3:DeleteObject", s3Object],
  ["s3:DeleteBucket", s3Bucket],
  ["dynamodb:DeleteItem", dynamodbItem],
  ["dynamodb:DeleteTable", dynamodbTable],
  ["ec2:TerminateInstances", ec2Instance],
  ["ec2:DeleteVolume", ec2Volume],
  ["iam:DeleteUser", iamEntity("GetUser", "UserName")],
  ["iam:DeleteRole", iamEntity("GetRole", "RoleName")],
  ["iam:DeletePolicy", iamEntity("GetPolicy", "PolicyArn")],
]);

const GONE: readonly PreviewRow[] = [{ label: "now", value: "not there" }];

function s3Object({ upstream }: AwsCall): ReturnType<Preview> {
  return {
    action: "s3:GetObject",
    // The very path of the call, with the version that it names, and none of its headers.
    upstream: { ...upstream, method: "HEAD", headers: [], body: new Uint8Array() },
    parse(status, headers) {
      if (status === 404) return GONE;
      if (status !== 200) return null;
      return rows([
        ["size", bytes(headers.get("content-length"))],
        ["last modified", headers.get("last-modified")],
        ["content type", headers.get("content-type")],
        ["storage class", headers.get("x-amz-storage-class")],
        ["version", headers.get("x-amz-version-id")],
      ]);
    },
  };
}

function s3Bucket({ upstream }: AwsCall): ReturnType<Preview> {
  const query = [
    ["list-type", "2"],
    ["max-keys", "1"],
  ] as const;
  return {
    action: "s3:ListBucket",
    upstream: { ...upstream, method: "GET", query, headers: [], body: new Uint8Array() },
    parse(status, _, body) {
      if (status === 404) return GONE;
      const count = element(body, "KeyCount");
      if (status !== 200 || count === undefined) return null;
      return rows([["objects", count === "0" ? "none" : "at least one"]]);
    },
  };
}

function dynamodbItem({ upstream, parameters }: AwsCall): ReturnType<Preview> {
  const { TableName, Key } = parameters;
  const input = JSON.stringify({ TableName, Key }, numbers);
  return {
    action: "dynamodb:GetItem",
    upstream: json(upstream, "DynamoDB_20120810.GetItem", input),
    parse(status, _, body) {
      const answer = objectIn(body);
      if (status !== 200 || answer === undefined) return null;
      if (typeof answer.Item !== "object" || answer.Item === null) return GONE;
      // Names only: values may be anybody's secrets, and the page is not where they are released.
      const names = Object.keys(answer.Item);
      return rows([
        ["attributes", `${names.length}: ${names.slice(0, 20).join(", ")}`],
        ["size of the item", bytes(String(Buffer.byteLength(JSON.stringify(answer.Item))))],
      ]);
    },
  };
}

function dynamodbTable({ upstream, parameters }: AwsCall): ReturnType<Preview> {
  return {
    action: "dynamodb:DescribeTable",
    upstream: json(
      upstream,
      "DynamoDB_20120810.DescribeTable",
      JSON.stringify({ TableName: parameters.TableName }),
    ),
    parse(status, _, body) {
      const answer = objectIn(body);
      if (status === 400 && String(answer?.__type).endsWith("ResourceNotFoundException")) return GONE;
      const table = answer?.Table as Readonly<Record<string, unknown>> | undefined;
      if (status !== 200 || typeof table !== "object" || table === null) return null;
      return rows([
        ["state", table.TableStatus],
        ["items, counted every six hours", table.ItemCount],
        ["size", bytes(text(table.TableSizeBytes))],
        ["deletion protection", table.DeletionProtectionEnabled === true ? "on" : "off"],
      ]);
    },
  };
}

function ec2Instance({ upstream, parameters }: AwsCall): ReturnType<Preview> {
  const id = onlyOne(parameters.InstanceIds);
  if (id === undefined) return null;
  return {
    action: "ec2:DescribeInstances",
    upstream: form(upstream, { Action: "DescribeInstances", Version: "2016-11-15", "InstanceId.1": id }),
    parse(status, _, body) {
      if (status === 400 && body.includes("<Code>InvalidInstanceID.NotFound</Code>")) return GONE;
      const state = /<instanceState>\s*<code>\d+<\/code>\s*<name>([a-z-]{1,32})<\/name>/.exec(body)?.[1];
      if (status !== 200 || state === undefined) return null;
      return rows([
        ["state", state],
        ["type", element(body, "instanceType")],
        ["launched", element(body, "launchTime")],
        ["name", /<key>Name<\/key>\s*<value>([^<]{1,256})<\/value>/.exec(body)?.[1]],
      ]);
    },
  };
}

function ec2Volume({ upstream, parameters }: AwsCall): ReturnType<Preview> {
  const id = text(parameters.VolumeId);
  if (id === undefined) return null;
  return {
    action: "ec2:DescribeVolumes",
    upstream: form(upstream, { Action: "DescribeVolumes", Version: "2016-11-15", "VolumeId.1": id }),
    parse(status, _, body) {
      if (status === 400 && body.includes("<Code>InvalidVolume.NotFound</Code>")) return GONE;
      if (status !== 200) return null;
      return rows([
        ["state", element(body, "status")],
        ["size in GiB", element(body, "size")],
        ["created", element(body, "createTime")],
      ]);
    },
  };
}

function iamEntity(operation: string, member: string): Preview {
  return ({ upstream, parameters }) => {
    const name = text(parameters[member]);
    if (name === undefined) return null;
    return {
      action: `iam:${operation}`,
      upstream: form(upstream, { Action: operation, Version: "2010-05-08", [member]: name }),
      parse(status, _, body) {
        if (status === 404) return GONE;
        if (status !== 200) return null;
        return rows([
          ["created", element(body, "CreateDate")],
          ["last used", element(body, "PasswordLastUsed") ?? element(body, "LastUsedDate")],
          ["attached to", element(body, "AttachmentCount")],
        ]);
      },
    };
  };
}

function rows(facts: readonly (readonly [label: string, value: unknown])[]): readonly PreviewRow[] {
  return facts.flatMap(([label, value]) => {
    const shown = text(value);
    return shown === undefined ? [] : [{ label, value: shown.slice(0, 500) }];
  });
}

function text(value: unknown): string | undefined {
  if (typeof value === "number" && Number.isFinite(value)) return String(value);
  return typeof value === "string" && value !== "" ? value : undefined;
}

function bytes(count: string | undefined): string | undefined {
  return count !== undefined && /^\d{1,15}$/.test(count)
    ? `${Number(count).toLocaleString("en")} bytes`
    : undefined;
}

/** The text of the first element of this name, where it is plain. */
function element(body: string, name: string): string | undefined {
  return new RegExp(`<${name}>([^<]{1,500})</${name}>`).exec(body)?.[1];
}

function onlyOne(value: ParameterTree[string] | undefined): string | undefined {
  return Array.isArray(value) && value.length === 1 ? text(value[0]) : undefined;
}

function objectIn(body: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** Parameters keep large numbers as text and blobs as bytes; DynamoDB's keys hold both as strings. */
function numbers(_: string, value: unknown): unknown {
  return value instanceof Uint8Array ? Buffer.from(value).toString("base64") : value;
}

function json({ host }: UpstreamRequest, target: string, body: string): UpstreamRequest {
  return {
    method: "POST",
    host,
    path: "/",
    query: [],
    headers: [
      ["content-type", "application/x-amz-json-1.0"],
      ["x-amz-target", target],
    ],
    body: new TextEncoder().encode(body),
  };
}

function form({ host }: UpstreamRequest, fields: Readonly<Record<string, string>>): UpstreamRequest {
  return {
    method: "POST",
    host,
    path: "/",
    query: [],
    headers: [["content-type", "application/x-www-form-urlencoded; charset=utf-8"]],
    body: new TextEncoder().encode(new URLSearchParams(fields).toString()),
  };
}
