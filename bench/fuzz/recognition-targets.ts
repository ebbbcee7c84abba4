// The readers of bodies of a caller who is verified and hostile, alone and behind the whole of recognition.

import { join } from "node:path";
import { encode } from "cborg";
import { modelFiles } from "../../lambdas/boundary/model-files.ts";
import type { SignedRequest } from "../../lambdas/model/signed-request.ts";
import { formTree, parseForm } from "../../lambdas/recognition/form.ts";
import { parseJson } from "../../lambdas/recognition/json.ts";
import { Malformed } from "../../lambdas/recognition/malformed.ts";
import { recognise } from "../../lambdas/recognition/recognise.ts";
import { parseXml } from "../../lambdas/recognition/xml.ts";
import type { Target } from "./campaign.ts";
import { FORM_WORDS, JSON_WORDS, jsonSeeds, seedsOf } from "./words.ts";

const BODY_BYTES = 4_500_000;
const TARGET_ACCOUNT = { account: "111122223333", partition: "aws" };
const MODELS = join(import.meta.dirname, "../../lambdas/recognition/models");

const XML_WORDS = [
  ...[
    "<",
    ">",
    "</",
    "/>",
    "<a>",
    "</a>",
    "<a/>",
    "<a b='c'>",
    '<a xmlns="u">',
    "&amp;",
    "&lt;",
    "&#0;",
    "&#x10FFFF;",
  ],
  ...[
    "&#xD800;",
    "&",
    ";",
    "&a;",
    "<!DOCTYPE a [<!ENTITY b 'c'>]>",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "<?xml",
    "?>",
  ],
  ...[
    "<a:b>",
    " ",
    "\n",
    "\u0000",
    "\u00ef\u00bb\u00bf",
    "\u00c3\u00a9",
    "\u00ff",
    "=",
    '"',
    "'",
    "Tagging",
    "TagSet",
    "Key",
  ],
];
const XML_SEEDS = seedsOf(
  '<?xml version="1.0" encoding="UTF-8"?><Tagging xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><TagSet><Tag><Key>a</Key><Value>b &amp; &#233;</Value></Tag></TagSet></Tagging>',
  "<Tagging><TagSet><Tag><Key>a</Key><Value/></Tag><Tag><Key>c</Key><Value>d</Value></Tag></TagSet></Tagging>",
  "<a><b c=\"d\" e='f'>g</b><b/>\n<h><i><j><k>1</k></j></i></h></a>",
);
const QUERY_SEEDS = seedsOf(
  "Action=DescribeInstances&Version=2016-11-15&Filter.1.Name=tag%3Aa&Filter.1.Value.1=b&Filter.1.Value.2=c+d&InstanceId.1=i-1",
  "Action=RunInstances&Version=2016-11-15&ImageId=ami-1&MinCount=1&MaxCount=1&NetworkInterface.1.DeviceIndex=0",
);
const CBOR_SEEDS = [
  encode({
    Namespace: "a/b",
    MetricData: [{ MetricName: "m", Value: 1.5, Dimensions: [{ Name: "n", Value: "v" }] }],
  }),
  encode({
    Namespace: "",
    MetricData: [{ MetricName: "m", Values: [1, 2, 3.25, -1], StorageResolution: 60 }],
  }),
];
const CBOR_WORDS = [
  ...[
    "\u00a0",
    "\u00a1",
    "\u0080",
    "\u0081",
    "\u009f",
    "\u00bf",
    "\u00ff",
    "\u00c1\u001a\u0065",
    "\u00c2",
    "\u00d9\u00d9\u00f7",
  ],
  ...[
    "\u001b\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff",
    "\u009b\u007f\u00ff\u00ff\u00ff",
    "\u009a\u0000\u00ff\u00ff\u00ff",
  ],
  ...[
    "\u00ba\u00ff\u00ff\u00ff\u00ff",
    "\u005a\u007f\u00ff\u00ff\u00ff",
    "\u00fb\u007f\u00f0",
    "\u00f9\u007e\u0000",
    "\u00f7",
    "\u0018\u0001",
  ],
  ...["\u006aMetricName", "\u0065Value", "\u0069Namespace", "\u006aMetricData"],
];

export function recognitionTargets(): readonly Target[] {
  return [
    {
      name: "json of calls",
      material: { seeds: jsonSeeds(), words: JSON_WORDS, maxBytes: BODY_BYTES },
      accepts: acceptsJson,
    },
    {
      name: "xml of calls",
      material: { seeds: XML_SEEDS, words: XML_WORDS, maxBytes: BODY_BYTES },
      accepts: acceptsXml,
    },
    {
      name: "form of calls",
      material: { seeds: QUERY_SEEDS, words: FORM_WORDS, maxBytes: BODY_BYTES },
      accepts: acceptsForm,
    },
    ...wholeTargets(),
  ];
}

function acceptsJson(input: Uint8Array): boolean {
  return unlessMalformed(() => {
    parseJson(input);
    JSON.parse(Buffer.from(input).toString("utf8")); // throws, and so finds, where only ours takes it
  });
}

function acceptsXml(input: Uint8Array): boolean {
  return unlessMalformed(() => parseXml(input));
}

function acceptsForm(input: Uint8Array): boolean {
  return unlessMalformed(() => {
    const fields = parseForm(input);
    const other = new Map(new URLSearchParams(`&${Buffer.from(input).toString("utf8")}`));
    if (JSON.stringify([...fields]) !== JSON.stringify([...other]))
      throw new Error("two readers of the form differ");
    formTree(fields);
  });
}

/** One operation of each protocol: what the readers give goes on through the model, so depth and width count there too. */
function wholeTargets(): readonly Target[] {
  const models = modelFiles(MODELS);
  const target = (
    name: string,
    request: Omit<SignedRequest, "body">,
    material: Target["material"],
  ): Target => ({
    name,
    material,
    accepts: (body) => recognise({ ...request, body }, TARGET_ACCOUNT, models).kind === "recognised",
  });
  const base = { method: "POST", path: "/", query: [], region: "eu-west-1" };
  const dynamodb = {
    "content-type": "application/x-amz-json-1.0",
    "x-amz-target": "DynamoDB_20120810.GetItem",
  };
  const form = { "content-type": "application/x-www-form-urlencoded; charset=utf-8" };
  const cbor = { "content-type": "application/cbor", "smithy-protocol": "rpc-v2-cbor" };
  const putMetricData = "/service/GraniteServiceVersion20100801/operation/PutMetricData";
  return [
    target(
      "dynamodb GetItem (json)",
      { ...base, signingName: "dynamodb", headers: headersOf(dynamodb) },
      {
        seeds: jsonSeeds().slice(-1),
        words: [...JSON_WORDS, '"S":', '"M":{"a":', '"L":['],
        maxBytes: BODY_BYTES,
      },
    ),
    target(
      "ec2 (query)",
      { ...base, signingName: "ec2", headers: headersOf(form) },
      { seeds: QUERY_SEEDS, words: [...FORM_WORDS, "Filter.", "InstanceId."], maxBytes: BODY_BYTES },
    ),
    target(
      "s3 PutBucketTagging (xml)",
      {
        ...base,
        method: "PUT",
        path: "/bucket",
        query: [["tagging", ""]],
        signingName: "s3",
        headers: headersOf({}),
      },
      { seeds: XML_SEEDS, words: XML_WORDS, maxBytes: BODY_BYTES },
    ),
    target(
      "cloudwatch PutMetricData (cbor)",
      { ...base, path: putMetricData, signingName: "monitoring", headers: headersOf(cbor) },
      { seeds: CBOR_SEEDS, words: CBOR_WORDS, maxBytes: BODY_BYTES },
    ),
  ];
}

function headersOf(headers: Readonly<Record<string, string>>): SignedRequest["headers"] {
  return new Map(Object.entries(headers).map(([name, value]) => [name, [value]]));
}

function unlessMalformed(read: () => unknown): boolean {
  try {
    read();
    return true;
  } catch (error) {
    if (error instanceof Malformed) return false;
    throw error;
  }
}
