// What `Ref` and `Fn::GetAtt` give for each type of resource that the local cloud serves; any other type or attribute
// throws. Generated names come from the logical id alone, so that data lives on between runs.

import { createHash } from "node:crypto";
import { TemplateError } from "./members.ts";

export interface Place {
  readonly partition: string;
  readonly region: string;
  readonly account: string;
  readonly stackName: string;
  /** What the distribution is reached under: host and port of the local TLS listener. */
  readonly distributionHost: string;
}

export interface Identity {
  readonly ref: string;
  readonly attributes: Readonly<Record<string, string>>;
}

interface Subject {
  readonly id: string;
  readonly place: Place;
  /** A property of the resource, resolved, if it is there. */
  text(property: string): string | undefined;
}

type Identify = (subject: Subject) => Identity;

const IDENTIFY: Readonly<Record<string, Identify>> = {
  "AWS::ApiGateway::Account": ({ id }) => plain(id),
  "AWS::ApiGateway::Deployment": ({ id }) => plain(short(id)),
  "AWS::ApiGateway::GatewayResponse": ({ id }) => plain(id),
  "AWS::ApiGateway::Method": ({ id }) => plain(id),
  "AWS::ApiGateway::Resource": ({ id }) => plain(short(id)),
  "AWS::ApiGateway::RestApi": ({ id }) => ({
    ref: short(id),
    attributes: { RootResourceId: short(`${id}/`) },
  }),
  "AWS::ApiGateway::Stage": ({ id, text }) => plain(text("StageName") ?? id),
  "AWS::CloudWatch::Alarm": ({ id }) => plain(id),
  "AWS::CloudFront::Distribution": ({ id, place }) => {
    const Id = `E${short(id).toUpperCase()}`;
    return { ref: Id, attributes: { Id, DomainName: place.distributionHost } };
  },
  "AWS::CloudFront::Function": ({ id, place, text }) => {
    const arn = `arn:${place.partition}:cloudfront::${place.account}:function/${text("Name") ?? id}`;
    return { ref: arn, attributes: { FunctionARN: arn } };
  },
  "AWS::DynamoDB::Table": (subject) => named(subject, "TableName", "dynamodb", "table/"),
  "AWS::Events::Rule": (subject) => named(subject, "Name", "events", "rule/"),
  "AWS::IAM::Policy": ({ id }) => plain(id),
  "AWS::IAM::Role": ({ id, place, text }) => {
    const name = text("RoleName") ?? generated(place, id);
    const path = text("Path") ?? "/";
    return {
      ref: name,
      attributes: { Arn: `arn:${place.partition}:iam::${place.account}:role${path}${name}` },
    };
  },
  "AWS::KMS::Key": ({ id, place }) => {
    const KeyId = uuid(id);
    return { ref: KeyId, attributes: { KeyId, Arn: arn(place, "kms", `key/${KeyId}`) } };
  },
  "AWS::Lambda::EventInvokeConfig": ({ id }) => plain(id),
  "AWS::Lambda::Function": (subject) => named(subject, "FunctionName", "lambda", "function:"),
  "AWS::Lambda::Permission": ({ id }) => plain(id),
  "AWS::Logs::LogGroup": ({ id, place, text }) => {
    const name = text("LogGroupName") ?? generated(place, id);
    return { ref: name, attributes: { Arn: arn(place, "logs", `log-group:${name}:*`) } };
  },
  "AWS::S3::Bucket": ({ id, place, text }) => {
    const name = text("BucketName") ?? generated(place, id).toLowerCase();
    const host = `${name}.s3.${place.region}.amazonaws.com`;
    const attributes = {
      Arn: `arn:${place.partition}:s3:::${name}`,
      DomainName: host,
      RegionalDomainName: host,
    };
    return { ref: name, attributes };
  },
  "AWS::S3::BucketPolicy": ({ id }) => plain(id),
  "AWS::SSM::Parameter": ({ id, text }) => plain(text("Name") ?? id),
  "AWS::StepFunctions::StateMachine": ({ id, place, text }) => {
    const Name = text("StateMachineName") ?? generated(place, id);
    const Arn = arn(place, "states", `stateMachine:${Name}`);
    return { ref: Arn, attributes: { Arn, Name } };
  },
  "AWS::SecretsManager::Secret": ({ id, place, text }) => {
    const name = text("Name") ?? generated(place, id);
    return { ref: arn(place, "secretsmanager", `secret:${name}-${short(id).slice(0, 6)}`), attributes: {} };
  },
};

/** @throws TemplateError when the type is not served. */
export function identityOf(type: string, subject: Subject, path: string): Identity {
  const identify = Object.hasOwn(IDENTIFY, type) ? IDENTIFY[type] : undefined;
  if (identify === undefined) throw new TemplateError(path, `is of type \`${type}\`, which is not served`);
  return identify(subject);
}

/** The name of a secret, which its ARN carries with six more characters. */
export function secretNameOf(secretArn: string): string {
  return secretArn.split(":").slice(6).join(":").slice(0, -7);
}

function plain(ref: string): Identity {
  return { ref, attributes: {} };
}

function named({ id, place, text }: Subject, property: string, service: string, prefix: string): Identity {
  const name = text(property) ?? generated(place, id);
  return { ref: name, attributes: { Arn: arn(place, service, prefix + name) } };
}

function arn({ partition, region, account }: Place, service: string, resource: string): string {
  return `arn:${partition}:${service}:${region}:${account}:${resource}`;
}

/** As CloudFormation does: stack, logical id and a suffix that keeps names apart. */
function generated({ stackName }: Place, id: string): string {
  return `${stackName}-${id.slice(0, 24)}-${short(`${stackName}/${id}`).slice(0, 8).toUpperCase()}`;
}

function short(text: string): string {
  return BigInt(`0x${hex(text).slice(0, 16)}`)
    .toString(36)
    .padStart(10, "0")
    .slice(0, 10);
}

function uuid(text: string): string {
  return hex(text).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, "$1-$2-$3-$4-$5");
}

function hex(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
