// Turns refusals into AWS-shaped answers. Everything written here is escaped for its form: messages may quote the caller.

import { encode } from "cborg";
import type { GatewayResponse } from "../model/gateway-response.ts";
import type { Refusal } from "../model/refusal.ts";
import type { WireRequest } from "../model/wire-request.ts";
import { type ErrorForm, errorFormOf, errorNameOf } from "./error-forms.ts";

interface ErrorFacts {
  readonly name: string;
  readonly message: string;
  readonly requestId: string;
  readonly status: number;
}

/** Answers a refusal in the form that the client's SDK parses. A HEAD request gets no body, as HTTP demands. */
export function respondRefusal(refusal: Refusal, request: WireRequest): GatewayResponse {
  return respondInForm(refusal, errorFormOf(request), request.gatewayRequestId, request.method === "HEAD");
}

/** Answers a refusal when not even the request could be read. */
export function respondUnreadable(refusal: Refusal, gatewayRequestId: string): GatewayResponse {
  return respondInForm(refusal, "query", gatewayRequestId, false);
}

function respondInForm(
  refusal: Refusal,
  form: ErrorForm,
  requestId: string,
  bodiless: boolean,
): GatewayResponse {
  const { status, name } = errorNameOf(refusal.code, form);
  const facts = { name, message: refusal.message, requestId, status };
  return {
    status,
    headers: {
      "content-type": CONTENT_TYPES[form],
      ...(form === "s3-xml" ? { "x-amz-request-id": requestId } : { "x-amzn-requestid": requestId }),
      ...(form === "json" && { "x-amzn-errortype": name }),
      ...(form === "cbor" && { "smithy-protocol": "rpc-v2-cbor" }),
    },
    body: bodiless ? new Uint8Array() : BODIES[form](facts),
  };
}

const CONTENT_TYPES: Record<ErrorForm, string> = {
  query: "text/xml",
  ec2: "text/xml",
  json: "application/x-amz-json-1.1",
  "s3-xml": "application/xml",
  "rest-xml": "text/xml",
  cbor: "application/cbor",
};

const BODIES: Record<ErrorForm, (facts: ErrorFacts) => Uint8Array> = {
  query: (facts) => utf8(wrapQuery(facts)),
  "rest-xml": (facts) => utf8(wrapQuery(facts)),
  ec2: ({ name, message, requestId }) =>
    utf8(
      `<?xml version="1.0" encoding="UTF-8"?>\n<Response><Errors><Error><Code>${name}</Code><Message>${escapeXml(message)}</Message></Error></Errors><RequestID>${escapeXml(requestId)}</RequestID></Response>`,
    ),
  json: ({ name, message }) => utf8(JSON.stringify({ __type: name, message, Message: message })),
  "s3-xml": ({ name, message, requestId }) =>
    utf8(
      `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${name}</Code><Message>${escapeXml(message)}</Message><RequestId>${escapeXml(requestId)}</RequestId></Error>`,
    ),
  cbor: ({ name, message }) => encode({ __type: name, message }),
};

function wrapQuery({ name, message, requestId, status }: ErrorFacts): string {
  const type = status < 500 ? "Sender" : "Receiver";
  return `<ErrorResponse><Error><Type>${type}</Type><Code>${name}</Code><Message>${escapeXml(message)}</Message></Error><RequestId>${escapeXml(requestId)}</RequestId></ErrorResponse>`;
}

const XML_ENTITIES: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
};

function escapeXml(text: string): string {
  // Characters that XML 1.0 cannot hold at all would make the whole error unreadable.
  return text
    .replace(/[&<>"']/g, (c) => XML_ENTITIES[c] ?? "")
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd]/g, "\ufffd");
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
