// An edge of the small template before an origin that answers what the test says, and a client that sends raw paths.

import { createServer, request as httpRequest, type Server } from "node:http";
import { afterEach } from "vitest";
import { createEdge } from "../../lib/local/edge.ts";
import { bytesOf, type HeaderList, type OriginAnswer, type OriginRequest } from "../../lib/local/origin.ts";
import { parseTemplate, resolveStack, type Template } from "../../lib/local/template.ts";
import { PLACE, smallTemplate } from "./small-template.ts";

interface Running {
  readonly port: number;
  /** What reached the origin. */
  readonly asked: OriginRequest[];
  readonly reasons: string[];
  readonly clock: { now: number };
}

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

type Answer = Partial<Omit<OriginAnswer, "body">> & { readonly body?: string | AsyncIterable<Uint8Array> };

/** Starts an edge; it is closed after the test. */
export async function start(
  answer: Answer = {},
  change: (template: Template) => void = () => {},
): Promise<Running> {
  const template = smallTemplate();
  change(template);
  const { distribution } = resolveStack(parseTemplate(template), PLACE);
  const asked: OriginRequest[] = [];
  const reasons: string[] = [];
  const clock = { now: 0 };
  const edge = createEdge({
    distribution,
    origin: async (request) => {
      asked.push(request);
      const { status = 200, headers = [], body = "" } = answer;
      return { status, headers, body: typeof body === "string" ? bytesOf(body) : body };
    },
    now: () => clock.now,
    onError: (_id, reason) => reasons.push(reason),
  });
  const server = createServer({ maxHeaderSize: 65_536 }, (request, response) => void edge(request, response));
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return { port: typeof address === "object" && address !== null ? address.port : 0, asked, reasons, clock };
}

interface Got {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly text: string;
}

export function get(
  port: number,
  path: string,
  options: { method?: string; headers?: HeaderList; body?: string } = {},
) {
  const { method = "GET", headers = [], body } = options;
  return new Promise<Got>((resolve, reject) => {
    const sent = httpRequest({ host: "127.0.0.1", port, path, method }, (response) => {
      let text = "";
      response.on("data", (part) => {
        text += String(part);
      });
      response.on("error", reject);
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
      );
    });
    for (const [name] of headers)
      sent.setHeader(
        name,
        headers.filter((one) => one[0] === name).map((one) => one[1]),
      );
    sent.on("error", reject);
    sent.end(body);
  });
}

export const setBehaviour =
  (change: (behaviour: Record<string, unknown>) => void) => (template: Template) => {
    const config = template.Resources.Distribution?.Properties?.DistributionConfig as Record<string, never>;
    change(config.DefaultCacheBehavior ?? {});
  };
export const setConfig = (name: string, value: unknown) => (template: Template) => {
  Object.assign(template.Resources.Distribution?.Properties?.DistributionConfig ?? {}, { [name]: value });
};
