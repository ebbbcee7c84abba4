import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { exchangeAnswerXml } from "../../lambdas/identity/exchange-answer.ts";
import { parseExchangeRequest } from "../../lambdas/identity/exchange-request.ts";
import { keyIdOf, parseRoleArn, type RoleArn, sessionIdOfBytes } from "../../lambdas/model/ids.ts";
import { processCredentials } from "../../lib/credential-process.ts";

const CLI = join(import.meta.dirname, "../../bin/cli.ts");
const TOKEN = "e30.secret-claims-of-the-agent.c2ln";
const SECRET = "secret-access-key-of-the-session";
const ROLE = parseRoleArn("arn:aws:iam::111122223333:role/mcp-reader") as RoleArn;
const ID = sessionIdOfBytes(Buffer.alloc(16, 7));
const EXPIRATION = 1_800_000_000;

type Answer = (request: IncomingMessage, body: Buffer, response: ServerResponse) => void;

let server: Server;
let directory: string;
let answer: Answer;
const bodies: Buffer[] = [];

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "countersign-credentials-"));
  bodies.length = 0;
  server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    bodies.push(Buffer.concat(parts));
    answer(request, Buffer.concat(parts), response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(directory, { recursive: true });
});

function settings() {
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}/aws`,
    role: ROLE,
    tokenFile: tokenFile(TOKEN),
    region: "eu-west-1",
  };
}

function tokenFile(text: string): string {
  const file = join(directory, "token");
  writeFileSync(file, text);
  return file;
}

const issue: Answer = (_, __, response) => {
  const times = { openedAt: EXPIRATION - 3_600, expiresAt: EXPIRATION };
  const principal = { issuer: "https://idp.example", subject: "agent", groups: [], claims: {} };
  const session = { id: ID, principal, role: ROLE, keyArn: "", sourceIp: "", userAgent: "", ...times };
  const credentials = {
    accessKeyId: keyIdOf(ID),
    secretAccessKey: SECRET,
    sessionToken: "session-token",
    expiration: EXPIRATION,
  };
  response.setHeader("content-type", "text/xml");
  response.end(exchangeAnswerXml({ credentials, session, sessionName: "s", audience: "a", requestId: "r" }));
};

const refuse =
  (status: number, code: string, message: string): Answer =>
  (_, __, response) => {
    response.writeHead(status, { "content-type": "text/xml" });
    response.end(
      `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`,
    );
  };

describe("an exchange for credential_process", () => {
  it("gives the keys in the form that SDKs read", async () => {
    answer = issue;
    expect(await processCredentials(settings())).toEqual({
      Version: 1,
      AccessKeyId: keyIdOf(ID),
      SecretAccessKey: SECRET,
      SessionToken: "session-token",
      Expiration: "2027-01-15T08:00:00.000Z",
    });
  });

  it("asks just as the gateway wants to be asked, also when the token's file ends with a line end", async () => {
    answer = (request, body, response) => {
      const headers = new Map(
        Object.entries(request.headers).map(([name, value]) => [name, [String(value)]]),
      );
      const wire = {
        method: "POST",
        path: "/aws",
        query: [],
        headers,
        body,
        viewerIp: "",
        gatewayRequestId: "",
      };
      const parsed = parseExchangeRequest(wire);
      expect(parsed).toMatchObject({ kind: "exchange", exchange: { role: ROLE, unverifiedToken: TOKEN } });
      issue(request, body, response);
    };
    tokenFile(TOKEN);
    expect(await processCredentials({ ...settings(), tokenFile: tokenFile(`${TOKEN}\r\n`) })).toHaveProperty(
      "Version",
      1,
    );
  });

  it.each([
    [403, "AccessDenied", /AccessDenied: no such role here\nask for a policy/],
    [400, "ExpiredTokenException", /renew the token's file/],
    [400, "InvalidIdentityToken", /issuer and audience/],
  ])("that is refused with %i %s says why and what to do", async (status, code, text) => {
    answer = refuse(status, code, "no such role here");
    await expect(processCredentials(settings())).rejects.toThrow(text);
    expect(bodies).toHaveLength(1);
  });

  it("with something that is no gateway says so", async () => {
    for (const other of [200, 404, 301] as const) {
      answer = (_, __, response) =>
        response.writeHead(other, { "content-type": "text/html" }).end("<html>hello</html>");
      await expect(processCredentials(settings())).rejects.toThrow("does not answer like a gateway");
    }
  });

  it("with nobody there says where it looked", async () => {
    const nobody = { ...settings(), endpoint: "http://127.0.0.1:1/aws" };
    await expect(processCredentials(nobody)).rejects.toThrow(/127\.0\.0\.1:1.*ECONNREFUSED/);
  });

  it("needs a token's file that can be read and holds something", async () => {
    const missing = { ...settings(), tokenFile: join(directory, "none") };
    await expect(processCredentials(missing)).rejects.toThrow(/none.*ENOENT.*--token-file/);
    await expect(processCredentials({ ...settings(), tokenFile: tokenFile(" \n") })).rejects.toThrow(
      "is empty",
    );
    expect(bodies).toEqual([]);
  });
});

describe("countersign credentials", () => {
  const run = (...args: readonly string[]) =>
    promisify(execFile)(process.execPath, [CLI, "credentials", ...args], { env: { HOME: directory } });

  it("prints one JSON object, and keeps nothing", async () => {
    answer = issue;
    const { endpoint, role, tokenFile: file } = settings();
    const { stdout, stderr } = await run("--endpoint", endpoint, "--role", role, "--token-file", file);
    expect(JSON.parse(stdout)).toMatchObject({ Version: 1, SecretAccessKey: SECRET });
    expect(stderr).toBe("");
  });

  it("ends with 1 and a sentence that holds neither token nor key when it is refused", async () => {
    answer = refuse(400, "InvalidIdentityToken", "the token is for another audience");
    const { endpoint, role, tokenFile: file } = settings();
    const failed = await run("--endpoint", endpoint, "--role", role, "--token-file", file).catch(
      (error) => error,
    );
    expect(failed).toMatchObject({ code: 1, stdout: "" });
    expect(failed.stderr).toContain("another audience");
    expect(failed.stderr).not.toContain(TOKEN);
  });
});
