// Times an answer's whole way: read by the models, masked, written back as bytes. A 10 KB JSON answer and a 1 MB XML one,
// beside one plain regular expression over the same bytes.

import { modelFiles } from "../lambdas/boundary/model-files.ts";
import { type MaskQuestion, maskAnswer } from "../lambdas/masking/mask-answer.ts";
import type { MaskObligations } from "../lambdas/model/answer.ts";
import { type AnsweredCall, readAnswer } from "../lambdas/recognition/answers/read-answer.ts";
import { medianMs } from "./median.ts";

interface Sample {
  readonly name: string;
  readonly call: AnsweredCall;
  readonly body: Uint8Array;
  readonly masks: readonly string[];
  readonly rounds: number;
}

interface AnswerFigures {
  readonly name: string;
  readonly bytes: number;
  readonly leaves: number;
  readonly edits: number;
  /** Medians, microseconds. */
  readonly read: number;
  readonly mask: number;
  readonly write: number;
  /** All three, measured as one. */
  readonly whole: number;
  readonly plain: number;
}

const models = modelFiles(new URL("../lambdas/recognition/models", import.meta.url).pathname);
const PLAIN = /"?(?:Role|Password|userData|token)"?\s*[:>]\s*"?([^"<]*)/g;

export function answerFigures(): readonly AnswerFigures[] {
  return [jsonSample(), xmlSample()].map(figuresOf);
}

function figuresOf({ name, call, body, masks, rounds }: Sample): AnswerFigures {
  const answer = { status: 200, headers: [], body };
  const obligations: MaskObligations = {
    masks: masks.map((path) => ({ path, style: "fixed" })),
    unmasks: [],
    detectors: [],
  };
  const read = () => {
    const reading = readAnswer(call, answer, models);
    if (reading.kind !== "structured") throw new Error(`the sample of ${name} cannot be read`);
    return reading;
  };
  const question = (leaves: MaskQuestion["leaves"]): MaskQuestion => ({
    leaves,
    call: { ...call, parameters: {} },
    obligations,
  });
  const reading = read();
  const { leaves } = reading;
  const { edits, withheld } = maskAnswer(question(leaves));
  if (withheld !== undefined || edits.length === 0) throw new Error(`nothing is masked in ${name}`);
  const whole = () => {
    const each = read();
    each.write(maskAnswer(question(each.leaves)).edits);
  };
  const microseconds = (run: () => void) => medianMs(rounds, run) * 1_000;
  return {
    name,
    bytes: body.length,
    leaves: leaves.length,
    edits: edits.length,
    read: microseconds(() => void read()),
    mask: microseconds(() => void maskAnswer(question(leaves))),
    write: microseconds(() => void reading.write(edits)),
    whole: microseconds(whole),
    plain: microseconds(
      () => void Buffer.from(Buffer.from(body).toString("utf8").replace(PLAIN, "[masked]")),
    ),
  };
}

function jsonSample(): Sample {
  const Functions = Array.from({ length: 18 }, (_, index) => ({
    FunctionName: `orders-worker-${index}`,
    FunctionArn: `arn:aws:lambda:eu-west-1:111122223333:function:orders-worker-${index}`,
    Runtime: "nodejs24.x",
    Role: `arn:aws:iam::111122223333:role/orders-worker-${index}`,
    Handler: "index.handler",
    CodeSize: 104_857 + index,
    Description: `takes orders from queue ${index} and writes them to the table`,
    Timeout: 30,
    MemorySize: 512,
    LastModified: "2026-01-31T12:00:00.000+0000",
    Environment: { Variables: { DB_PASSWORD: `secret-${index}`, LOG_LEVEL: "info" } },
    TracingConfig: { Mode: "Active" },
    Architectures: ["arm64"],
    EphemeralStorage: { Size: 512 },
  }));
  return {
    name: "10 KB of JSON, three masks",
    call: { signingName: "lambda", service: "lambda", operation: "ListFunctions", protocol: "rest-json" },
    body: Buffer.from(JSON.stringify({ Functions })),
    masks: ["Functions[].Role", "Functions[].Description", "Functions[].Environment.Variables.DB_*"],
    rounds: 400,
  };
}

function xmlSample(): Sample {
  const instance = (index: number) =>
    `<item><instanceId>i-0${index}</instanceId><imageId>ami-0abc</imageId><instanceState><code>16</code><name>running</name></instanceState><privateDnsName>ip-10-0-0-${index}.eu-west-1.compute.internal</privateDnsName><keyName>key-${index}</keyName><instanceType>m7g.large</instanceType><launchTime>2026-01-31T12:00:00.000Z</launchTime><subnetId>subnet-${index}</subnetId><vpcId>vpc-1</vpcId><privateIpAddress>10.0.0.${index % 250}</privateIpAddress><tagSet><item><key>Name</key><value>worker &amp; ${index}</value></item><item><key>token</key><value>t-${index}</value></item></tagSet></item>`;
  const items: string[] = [];
  for (let index = 0, length = 0; length < 1_000_000; index++) {
    const item = `<item><reservationId>r-${index}</reservationId><ownerId>111122223333</ownerId><instancesSet>${instance(index)}</instancesSet></item>\n`;
    items.push(item);
    length += item.length;
  }
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<DescribeInstancesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>r</requestId><reservationSet>${items.join("")}</reservationSet></DescribeInstancesResponse>`;
  return {
    name: "1 MB of XML, three masks",
    call: { signingName: "ec2", service: "ec2", operation: "DescribeInstances", protocol: "ec2" },
    body: Buffer.from(body),
    masks: [
      "Reservations[].Instances[].KeyName",
      "Reservations[].Instances[].PrivateIpAddress",
      "Reservations[].Instances[].Tags[].Value",
    ],
    rounds: 9,
  };
}
