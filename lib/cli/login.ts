// `countersign login`: signs a person in at a gateway's identity provider in their own browser, and keeps the ID token in a
// file of theirs. The token itself is never printed.

import { readFileSync } from "node:fs";
import { isAbsolute, resolve } from "node:path";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { visible } from "../session-text.ts";
import { createApiClient } from "./api-client.ts";
import { parseGatewayUrl, type SignIn, signInFile, writeSignIn } from "./api-place.ts";
import { ApiProblem } from "./api-problem.ts";
import { noWords, parseWords } from "./arguments.ts";
import { openBrowser } from "./browser.ts";
import type { Command, CommandContext } from "./command.ts";
import { CommandError, EXIT, UsageError } from "./exit.ts";
import { signIn } from "./sign-in.ts";

const OPTIONS = {
  url: { type: "string" },
  "ca-file": { type: "string" },
  scope: { type: "string" },
  port: { type: "string" },
  "no-browser": { type: "boolean" },
} as const;
const DEFAULT_SCOPE = "openid profile email";
const TIMEOUT_MS = 300_000; // five minutes: a password, a second factor, a phone that is not at hand

export const login: Command = {
  help: `countersign login --url https://<gateway> [options]

  Signs you in at the gateway's identity provider, in your browser. Your ID token is kept in a file that only
  you can read, until it expires; what you may see is the gateway's to decide.

  --url <url>                of the gateway
  --no-browser               only print the address to open
  --port <number>            of the redirect http://127.0.0.1:<port>/callback, where the provider wants one that
                             is registered; any free one by default
  --scope <text>             "openid profile email" by default; some providers want one more for groups
  --ca-file <pem>            the authority of the gateway's and the provider's certificates, where it is your own
`,
  run: async (args, context) => {
    const { values, positionals } = parseWords(args, OPTIONS);
    noWords(positionals);
    if (values.url === undefined) throw new UsageError("name the gateway: --url https://<gateway>");
    const url = parseGatewayUrl(values.url);
    const port = portOf(values.port);
    const ca = caOf(values["ca-file"], context);
    const provider = await providerOf(url, ca?.pem, context.signal);
    // The provider's requests know no other way to be told; this process ends with the command.
    if (ca !== undefined) setDefaultCACertificates([...getCACertificates("default"), ca.pem]);
    const { terminal, environment, signal } = context;
    const found = await signIn({
      ...provider,
      scope: values.scope ?? DEFAULT_SCOPE,
      port,
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
      onAddress: (address) => {
        terminal.remark(
          `open this address in your browser, within ${TIMEOUT_MS / 60_000} minutes:\n${address}`,
        );
        if (values["no-browser"] !== true) openBrowser(address, environment);
      },
    });
    const kept: SignIn = { url, ...provider, ...found, ...(ca !== undefined && { caFile: ca.file }) };
    writeSignIn(environment, kept);
    terminal.print(`signed in at ${url} as ${visible(found.name)} until ${found.expiresAt}`);
    terminal.remark(`kept in ${signInFile(environment)}; countersign logout forgets it`);
    return EXIT.ok;
  },
};

function portOf(text: string | undefined): number {
  if (text === undefined) return 0;
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port > 0 && port < 65_536) return port;
  throw new UsageError(`--port is a number from 1 to 65535, not \`${text}\``);
}

function caOf(
  path: string | undefined,
  { environment }: CommandContext,
): { readonly file: string; readonly pem: string } | undefined {
  if (path === undefined) return undefined;
  // npm runs scripts in the package's own directory.
  const file = isAbsolute(path) ? path : resolve(environment.INIT_CWD ?? process.cwd(), path);
  try {
    return { file, pem: readFileSync(file, "utf8") };
  } catch (cause) {
    throw new UsageError(`--ca-file \`${path}\` cannot be read`, { cause });
  }
}

/** Where people of this gateway sign in. @throws CommandError */
async function providerOf(
  url: string,
  ca: string | undefined,
  signal: AbortSignal,
): Promise<{ readonly issuer: string; readonly clientId: string }> {
  const client = createApiClient({ url, token: null, ca }, { signal });
  const answer = await client.get("/login").catch((error: unknown) => {
    const isOff = error instanceof ApiProblem && error.status === 404;
    throw isOff
      ? new CommandError(`nobody reads records at ${url}: its configuration has no \`readers\``)
      : error;
  });
  const { issuer, clientId } = (answer ?? {}) as { readonly issuer?: unknown; readonly clientId?: unknown };
  if (typeof issuer === "string" && typeof clientId === "string") return { issuer, clientId };
  throw new CommandError(`what answers at ${url} is not a gateway that this version knows`);
}
