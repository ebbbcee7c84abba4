// Finds the element that holds an answer's members: query and EC2 wrap them, REST's body is the output or its payload,
// S3 has answers of its own; errors stand in `Error`, alone or wrapped.

import { Malformed } from "../malformed.ts";
import type { Member, StructureType } from "../shapes.ts";
import { type Findings, memberFrame, ROOT, under } from "./leaf.ts";
import type { AnswerModel, AnswerOf } from "./model.ts";
import { XmlBody } from "./xml.ts";
import { readXml, type XmlNode } from "./xml-nodes.ts";

/** Elements around an answer or inside an error that no model lists. */
const GENERIC = new Set([
  "Type",
  "Code",
  "Message",
  "message",
  "RequestId",
  "RequestID",
  "requestId",
  "HostId",
  "Resource",
  "ResponseMetadata",
  "Detail",
]);
/** What S3 says of the request in an error: no model lists it, and none of it is more than the caller sent or may know. */
const OF_S3_ERRORS = new Set([
  ...GENERIC,
  "ActualObjectSize",
  "ArgumentName",
  "ArgumentValue",
  "Bucket",
  "BucketName",
  "Condition",
  "ETag",
  "Endpoint",
  "Header",
  "Key",
  "MaxSizeAllowed",
  "Method",
  "MinSizeAllowed",
  "PartNumber",
  "ProposedSize",
  "RangeRequested",
  "Region",
  "ResourceType",
  "UploadId",
  "VersionId",
]);
const NOTHING: StructureType = { kind: "structure", members: [], byWire: () => new Map() };

export interface XmlAnswer {
  readonly text: string;
  readonly of: AnswerOf;
  readonly protocol: string;
  readonly model: AnswerModel;
  readonly failed: boolean;
  readonly payload: Member | undefined;
}

export function readXmlAnswer(answer: XmlAnswer, found: Findings): XmlBody {
  const root = readXml(answer.text);
  const body = new XmlBody(answer.text, found);
  const { of, model } = answer;
  // S3 answers some long copies with 200 and an error in the body
  if (answer.failed || (root.name === "Error" && of.service === "s3")) readError(body, root, answer);
  else if (answer.protocol === "query") readQuery(body, root, model);
  else readPlain(body, root, answer);
  return body;
}

function readQuery(body: XmlBody, root: XmlNode, model: AnswerModel): void {
  const type = model.output ?? NOTHING;
  const results = root.children.filter(({ name }) => name === model.wrapper);
  if (results.length > 1) throw new Malformed("the XML answer holds two results");
  const [result] = results;
  if (!result) {
    body.structure(root, type, ROOT, GENERIC);
    return;
  }
  body.structure(result, type, ROOT, GENERIC);
  const rest = { ...root, children: root.children.filter((child) => child !== result) };
  body.structure(rest, NOTHING, ROOT, GENERIC);
}

function readPlain(body: XmlBody, root: XmlNode, { model, payload, protocol }: XmlAnswer): void {
  if (payload) {
    body.value(root, payload.type, memberFrame(ROOT, payload));
    return;
  }
  const type = model.output ?? NOTHING;
  const [only, other] = type.members.filter(({ location }) => location === "body");
  // GetBucketLocation's root element is the member itself
  const unwrapped = only && !other && only.type.kind === "scalar" && root.name === only.wire;
  if (unwrapped && root.children.length === 0) {
    body.value(root, only.type, memberFrame(ROOT, only));
    return;
  }
  body.structure(root, type, ROOT, protocol === "ec2" ? GENERIC : undefined);
}

function readError(body: XmlBody, root: XmlNode, { model, of }: XmlAnswer): void {
  const error = errorIn(root);
  if (!error) {
    body.structure(root, model.error(root.name) ?? NOTHING, ROOT, GENERIC);
    return;
  }
  const code = error.children.find(({ name }) => name === "Code")?.text ?? "";
  const type = model.error(code) ?? NOTHING;
  body.structure(error, type, ROOT, of.service === "s3" ? OF_S3_ERRORS : GENERIC);
  for (const node of around(root, error)) {
    body.open(node, under(ROOT, { kind: "member", name: node.name }));
  }
}

function errorIn(root: XmlNode): XmlNode | undefined {
  if (root.name === "Error") return root;
  const list = root.children.find(({ name }) => name === "Errors");
  return (list ?? root).children.find(({ name }) => name === "Error");
}

/** What stands beside the error: request ids, more errors. */
function around(node: XmlNode, error: XmlNode): XmlNode[] {
  if (node === error) return [];
  return node.children.flatMap((child) => {
    if (child === error) return [];
    return child.children.includes(error) ? around(child, error) : [child];
  });
}
