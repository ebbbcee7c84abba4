// The template's functions, and who may invoke them. Trusts the assembly for the bundle: it is what would be uploaded.

import { join } from "node:path";
import type { FunctionSpec } from "./function-messages.ts";
import { TemplateError } from "./members.ts";
import type { Resource, ResourcesOf } from "./template.ts";

interface TemplateFunction extends FunctionSpec {
  readonly roleArn: string;
}

/** A resource policy: API Gateway may invoke the function for calls that match `sourceArn`, or EventBridge for that rule. */
export interface InvokePermission {
  readonly functionArn: string;
  /** With `*` as IAM has it. */
  readonly sourceArn: string;
}

export interface Functions {
  readonly functions: readonly TemplateFunction[];
  readonly permissions: readonly InvokePermission[];
}

export function readFunctions(resourcesOf: ResourcesOf, assembly: string): Functions {
  return {
    functions: resourcesOf("AWS::Lambda::Function").map((resource) => readFunction(resource, assembly)),
    permissions: resourcesOf("AWS::Lambda::Permission").map(readPermission),
  };
}

function readFunction({ ref, attributes, properties }: Resource, assembly: string): TemplateFunction {
  // Pure JavaScript and wasm run on either architecture.
  properties.ignore("FunctionName", "Description", "Architectures", "LoggingConfig", "Tags");
  properties.exactly("Runtime", "nodejs24.x");
  const environment = properties.members("Environment");
  const concurrency = properties.maybeNumber("ReservedConcurrentExecutions");
  const spec = {
    name: ref,
    arn: attributes.Arn ?? "",
    assetDirectory: assetOf(properties, assembly),
    handler: properties.text("Handler"),
    environment: environment.textMap("Variables"),
    // CloudFormation's own defaults.
    timeoutSeconds: properties.maybeNumber("Timeout") ?? 3,
    memoryMb: properties.maybeNumber("MemorySize") ?? 128,
    roleArn: properties.text("Role"),
    ...(concurrency !== undefined && { concurrency }),
  };
  environment.done();
  properties.done();
  return spec;
}

function assetOf(properties: Resource["properties"], assembly: string): string {
  const code = properties.members("Code");
  code.ignore("S3Bucket");
  const [, hash] = /^([0-9a-f]{64})\.zip$/.exec(code.text("S3Key")) ?? [];
  if (hash === undefined) throw new TemplateError(code.path, "is not an asset of the assembly");
  code.done();
  return join(assembly, `asset.${hash}`);
}

function readPermission({ properties }: Resource): InvokePermission {
  properties.exactly("Action", "lambda:InvokeFunction");
  properties.exactly("Principal", "apigateway.amazonaws.com", "events.amazonaws.com");
  const permission = {
    functionArn: properties.text("FunctionName"),
    sourceArn: properties.text("SourceArn"),
  };
  properties.done();
  return permission;
}
