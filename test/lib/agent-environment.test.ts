import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type AgentEnvironment,
  environmentOf,
  parseAgentSettings,
  shellExports,
  writeEnvironment,
} from "../../lib/agent-environment.ts";

const OPTIONS = {
  endpoint: "https://gateway.example/aws",
  role: "arn:aws:iam::111122223333:role/mcp-reader",
  "token-file": "/run/countersign/token",
  region: "eu-west-1",
};
const ENVIRONMENT = environmentOf(parseAgentSettings(OPTIONS, {}));

function variablesAfter(script: string, before: Record<string, string> = {}): Map<string, string> {
  const print = "process.stdout.write(JSON.stringify(process.env))";
  const output = execFileSync("/bin/sh", ["-c", `${script}\nexec "$0" -e '${print}'`, process.execPath], {
    env: before,
  });
  return new Map(Object.entries(JSON.parse(output.toString("utf8")) as Record<string, string>));
}

describe("the settings of an agent", () => {
  it("are taken from options before variables, and from the variables of AWS's tools without options", () => {
    const variables = {
      AWS_ENDPOINT_URL: "http://127.0.0.1:8787/aws",
      AWS_ROLE_ARN: "arn:aws-cn:iam::444455556666:role/path/other",
      AWS_WEB_IDENTITY_TOKEN_FILE: "/token",
      AWS_DEFAULT_REGION: "us-gov-west-1",
    };
    expect(parseAgentSettings({}, variables)).toEqual({
      endpoint: "http://127.0.0.1:8787/aws",
      role: "arn:aws-cn:iam::444455556666:role/path/other",
      tokenFile: "/token",
      region: "us-gov-west-1",
    });
    expect(parseAgentSettings(OPTIONS, variables)).toMatchObject({
      endpoint: OPTIONS.endpoint,
      region: "eu-west-1",
    });
  });

  it("name the token's file from where the command was typed, not from where npm runs it", () => {
    const settings = parseAgentSettings(
      { ...OPTIONS, "token-file": "run/token" },
      { INIT_CWD: "/home/agent" },
    );
    expect(settings.tokenFile).toBe("/home/agent/run/token");
  });

  it("that are missing are all named at once, each with what to set", () => {
    expect(() => parseAgentSettings({}, {})).toThrow(
      /--endpoint \(or AWS_ENDPOINT_URL\)[\s\S]*--role[\s\S]*--token-file[\s\S]*--region[\s\S]*not set/,
    );
  });

  it.each([
    ["endpoint", "https://gateway.example"],
    ["endpoint", "https://gateway.example/aws/"],
    ["endpoint", "http://gateway.example/aws"],
    ["endpoint", "https://user@gateway.example/aws"],
    ["endpoint", "https://gateway.example/aws?x=/aws"],
    ["endpoint", "https://gateway.example/aws\n"],
    ["role", "mcp-reader"],
    ["role", "arn:aws:iam::111122223333:user/somebody"],
    ["token-file", "/run/\0token"],
    ["region", "eu-west"],
    ["region", "eu-west-1; rm -rf /"],
  ])("that are malformed are refused: %s %j", (option, value) => {
    expect(() => parseAgentSettings({ ...OPTIONS, [option]: value }, {})).toThrow(`--${option}`);
  });
});

describe("the lines for a shell", () => {
  it("set the five variables and unset what would come before the token or send calls past the gateway", () => {
    const before = {
      AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE",
      AWS_SECRET_ACCESS_KEY: "left over",
      AWS_SESSION_TOKEN: "left over",
      AWS_PROFILE: "admin",
      AWS_DEFAULT_PROFILE: "admin",
      AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "true",
      AWS_REGION: "us-east-1",
    };
    const after = variablesAfter(shellExports(ENVIRONMENT), before);
    expect(Object.fromEntries([...after].filter(([name]) => name.startsWith("AWS_")))).toEqual(ENVIRONMENT);
  });

  it("give any value back as it was, and run nothing of it", () => {
    const hostile = [
      "'; exit 9; '",
      "$(exit 9)",
      "`exit 9`",
      "a'\\''b",
      "two\nlines",
      '"$HOME"',
      "é 日本",
      "#",
      "",
    ];
    const value = fc.oneof(fc.constantFrom(...hostile), fc.string({ unit: "grapheme" }));
    fc.assert(
      fc.property(value, (text) => {
        fc.pre(!text.includes("\0"));
        const environment: AgentEnvironment = { ...ENVIRONMENT, AWS_WEB_IDENTITY_TOKEN_FILE: text };
        return variablesAfter(shellExports(environment)).get("AWS_WEB_IDENTITY_TOKEN_FILE") === text;
      }),
      { numRuns: 15, examples: hostile.map((text) => [text] as [string]) },
    );
  }, 60_000);
});

describe("the other forms", () => {
  it("are lines of name and bare value, or one JSON object", () => {
    expect(writeEnvironment(ENVIRONMENT, "dotenv")).toBe(
      "AWS_ENDPOINT_URL=https://gateway.example/aws\nAWS_WEB_IDENTITY_TOKEN_FILE=/run/countersign/token\n" +
        "AWS_ROLE_ARN=arn:aws:iam::111122223333:role/mcp-reader\nAWS_REGION=eu-west-1\nAWS_DEFAULT_REGION=eu-west-1\n",
    );
    expect(JSON.parse(writeEnvironment(ENVIRONMENT, "json"))).toEqual(ENVIRONMENT);
  });

  it("refuse what dotenv readers read differently, and a form that there is not", () => {
    for (const file of ["/a b", "/a'b", '/a"b', "/a#b", "/$a", "/a\nB=c"]) {
      const odd = { ...ENVIRONMENT, AWS_WEB_IDENTITY_TOKEN_FILE: file };
      expect(() => writeEnvironment(odd, "dotenv")).toThrow("AWS_WEB_IDENTITY_TOKEN_FILE");
      expect(JSON.parse(writeEnvironment(odd, "json"))).toEqual(odd);
    }
    expect(() => writeEnvironment(ENVIRONMENT, "toml")).toThrow("--format");
  });
});
