// The template's REST API: its stage, its routes with what they invoke, and the answers that it makes itself. Serves only
// Lambda proxy integrations whose answer is streamed, without authoriser, since nothing else is deployed.

import { type Members, TemplateError } from "./members.ts";
import type { Resource, ResourcesOf } from "./template.ts";

export interface Route {
  readonly resourceId: string;
  /** Such as `/` or `/{proxy+}`. */
  readonly resourcePath: string;
  /** A method or `ANY`. */
  readonly method: string;
  readonly functionArn: string;
  readonly timeoutMilliseconds: number;
}

/** An answer of the API's own, by `ResponseType`. */
interface GatewayAnswerTemplate {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, string>>;
  /** By media type, in the template's order. */
  readonly bodies: Readonly<Record<string, string>>;
}

export interface RestApi {
  readonly id: string;
  readonly stage: string;
  readonly deploymentId: string;
  readonly binaryMediaTypes: readonly string[];
  readonly routes: readonly Route[];
  readonly answers: Readonly<Record<string, GatewayAnswerTemplate>>;
}

// https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
const DEFAULT_TIMEOUT_MS = 29_000;

const INTEGRATION_URI =
  /^arn:aws[a-z-]*:apigateway:[a-z0-9-]+:lambda:path\/2021-11-15\/functions\/(arn:[^/]+)\/response-streaming-invocations$/;

export function readApi(resourcesOf: ResourcesOf): RestApi {
  const api = oneOf(resourcesOf("AWS::ApiGateway::RestApi"), "AWS::ApiGateway::RestApi");
  const stage = oneOf(resourcesOf("AWS::ApiGateway::Stage"), "AWS::ApiGateway::Stage");
  // Without it API Gateway writes no logs; requests are served alike.
  for (const { properties } of resourcesOf("AWS::ApiGateway::Account"))
    properties.ignore("CloudWatchRoleArn");
  const paths = readPaths(resourcesOf("AWS::ApiGateway::Resource"), api.attributes.RootResourceId ?? "");
  const deploymentId = readStage(stage);
  api.properties.ignore("Name", "Description", "Tags", "Policy");
  if (api.properties.has("Policy"))
    throw new TemplateError(api.id, "has a resource policy, which is not served");
  api.properties.members("EndpointConfiguration").list("Types");
  const binaryMediaTypes = api.properties.texts("BinaryMediaTypes");
  api.properties.done();
  return {
    id: api.ref,
    stage: stage.ref,
    deploymentId,
    binaryMediaTypes,
    routes: resourcesOf("AWS::ApiGateway::Method").map((method) => readMethod(method, paths)),
    answers: Object.fromEntries(resourcesOf("AWS::ApiGateway::GatewayResponse").map(readAnswer)),
  };
}

function readStage({ properties }: Resource): string {
  properties.ignore("StageName", "RestApiId", "Description", "AccessLogSetting", "Tags", "TracingEnabled");
  for (const settings of properties.each("MethodSettings")) readMethodSettings(settings);
  const deploymentId = properties.text("DeploymentId");
  properties.done();
  return deploymentId;
}

/** How often the API may be called is not felt by one caller on one machine; caching and logging of bodies would be. */
function readMethodSettings(settings: Members): void {
  settings.exactly("HttpMethod", "*");
  settings.exactly("ResourcePath", "/*");
  settings.only("DataTraceEnabled", false);
  settings.maybeNumber("ThrottlingRateLimit");
  settings.maybeNumber("ThrottlingBurstLimit");
  settings.done();
}

function readPaths(resources: readonly Resource[], root: string): ReadonlyMap<string, string> {
  const parents = new Map(
    resources.map(({ ref, properties }) => {
      properties.ignore("RestApiId");
      const entry = [
        ref,
        { parent: properties.text("ParentId"), part: properties.text("PathPart") },
      ] as const;
      properties.done();
      return entry;
    }),
  );
  const pathOf = (id: string): string => {
    if (id === root) return "";
    const resource = parents.get(id);
    if (resource === undefined)
      throw new TemplateError(id, "is the parent of a path, but not in the template");
    return `${pathOf(resource.parent)}/${resource.part}`;
  };
  return new Map([[root, "/"], ...[...parents.keys()].map((id) => [id, pathOf(id)] as const)]);
}

function readMethod({ id, properties }: Resource, paths: ReadonlyMap<string, string>): Route {
  properties.ignore("RestApiId", "OperationName");
  properties.exactly("AuthorizationType", "NONE");
  properties.only("ApiKeyRequired", false);
  const resourceId = properties.text("ResourceId");
  const resourcePath = paths.get(resourceId);
  if (resourcePath === undefined)
    throw new TemplateError(id, "is a method of a path that is not in the template");
  const integration = properties.members("Integration");
  const route = {
    resourceId,
    resourcePath,
    method: properties.text("HttpMethod"),
    ...readIntegration(integration),
  };
  properties.done();
  return route;
}

function readIntegration(integration: Members): Pick<Route, "functionArn" | "timeoutMilliseconds"> {
  integration.exactly("Type", "AWS_PROXY");
  integration.exactly("IntegrationHttpMethod", "POST");
  integration.exactly("ResponseTransferMode", "STREAM");
  const [, functionArn] = INTEGRATION_URI.exec(integration.text("Uri")) ?? [];
  if (functionArn === undefined) {
    throw new TemplateError(`${integration.path}.Uri`, "is not a function's response-streaming invocation");
  }
  const timeoutMilliseconds = integration.maybeNumber("TimeoutInMillis") ?? DEFAULT_TIMEOUT_MS;
  integration.done();
  return { functionArn, timeoutMilliseconds };
}

const HEADER_PARAMETER = /^gatewayresponse\.header\.([\w-]+)$/;
const LITERAL = /^'([^']*)'$/;
// Those the local gateway fills in.
const CONTEXT_VARIABLE =
  /\$(?!context\.(?:requestId|error\.message|error\.messageString|error\.responseType)\b)/;

function readAnswer({ properties }: Resource): readonly [string, GatewayAnswerTemplate] {
  properties.ignore("RestApiId");
  const bodies = properties.textMap("ResponseTemplates");
  for (const body of Object.values(bodies)) {
    if (CONTEXT_VARIABLE.test(body))
      throw new TemplateError(properties.path, "uses a variable that is not served");
  }
  const headers = Object.entries(properties.textMap("ResponseParameters")).map(([parameter, value]) => {
    const [, name] = HEADER_PARAMETER.exec(parameter) ?? [];
    const [, literal] = LITERAL.exec(value) ?? [];
    if (name === undefined || literal === undefined) {
      throw new TemplateError(properties.path, `has the parameter \`${parameter}\`, which is not served`);
    }
    return [name, literal] as const;
  });
  const entry = [
    properties.text("ResponseType"),
    { status: properties.maybeNumber("StatusCode"), headers: Object.fromEntries(headers), bodies },
  ] as const;
  properties.done();
  return entry;
}

/** The one resource of its type. @throws TemplateError when there are none or several */
export function oneOf(resources: readonly Resource[], type: string): Resource {
  const [only, ...more] = resources;
  if (only === undefined || more.length > 0)
    throw new TemplateError(type, "must be in the template exactly once");
  return only;
}
