// The answers that API Gateway makes itself, by type, with the template's own forms where it has some.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html

import { bytesOf, type HeaderList, type OriginAnswer } from "./origin.ts";
import type { RestApi } from "./template-api.ts";

interface BuiltIn {
  readonly status: number;
  readonly message: string;
}

const BUILT_IN = {
  API_CONFIGURATION_ERROR: { status: 500, message: "Internal server error" },
  BAD_REQUEST_PARAMETERS: { status: 400, message: "Bad Request" },
  // Lambda's own errors and timeouts come as 502, though the type's default is 504.
  INTEGRATION_FAILURE: { status: 502, message: "Internal server error" },
  INTEGRATION_TIMEOUT: { status: 504, message: "Endpoint request timed out" },
  MISSING_AUTHENTICATION_TOKEN: { status: 403, message: "Missing Authentication Token" },
  REQUEST_TOO_LARGE: { status: 413, message: "Request Too Long" },
} satisfies Readonly<Record<string, BuiltIn>>;

export type GatewayErrorType = keyof typeof BUILT_IN;

/** Answers in the template's form for the type, else for all 4xx or 5xx, else as API Gateway does by default. */
export function answerError(
  answers: RestApi["answers"],
  type: GatewayErrorType,
  accept: string | undefined,
  requestId: string,
): OriginAnswer {
  const { status, message } = BUILT_IN[type];
  const own = answers[type] ?? answers[status < 500 ? "DEFAULT_4XX" : "DEFAULT_5XX"];
  const bodies = Object.entries(own?.bodies ?? {});
  // Only the first media type of `Accept` counts, as the page on important notes says.
  const wanted = accept?.split(",", 1)[0]?.split(";", 1)[0]?.trim();
  const [mediaType, template] = bodies.find(([name]) => name === wanted) ??
    bodies.find(([name]) => name === "application/json") ??
    bodies[0] ?? ["application/json", '{"message":$context.error.messageString}'];
  const values: Readonly<Record<string, string>> = {
    "$context.error.messageString": JSON.stringify(message),
    "$context.error.message": message,
    "$context.error.responseType": type,
    "$context.requestId": requestId,
  };
  const body = template.replace(/\$context\.[\w.]+/g, (variable) => values[variable] ?? "");
  const headers: HeaderList = [
    ["Content-Type", mediaType],
    ["Content-Length", String(Buffer.byteLength(body))],
    ["x-amzn-ErrorType", errorTypeOf(type)],
    ...Object.entries(own?.headers ?? {}),
  ];
  return { status: own?.status ?? status, headers: lastOfEach(headers), body: bytesOf(body) };
}

function errorTypeOf(type: GatewayErrorType): string {
  const words = type.toLowerCase().split("_");
  return `${words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("")}Exception`;
}

function lastOfEach(headers: HeaderList): HeaderList {
  const byName = new Map(headers.map(([name, value]) => [name.toLowerCase(), [name, value] as const]));
  return [...byName.values()];
}
