// Which gateway is asked, and as whom: by what `login` stored for this person, else by what a local cloud that runs here
// left for its developer. Both files are for their owner only. A token goes to the address that it was stored with and to
// no other.

import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { READER_FILE } from "../local/exports.ts";
import type { ApiPlace } from "./api-client.ts";
import { signInAt } from "./api-problem.ts";
import { CommandError, EXIT, UsageError } from "./exit.ts";

/** What `login` leaves behind. */
export interface SignIn {
  readonly url: string;
  readonly issuer: string;
  readonly clientId: string;
  readonly name: string;
  readonly idToken: string;
  /** ISO 8601. */
  readonly expiresAt: string;
  /** The authority of the gateway's certificate, where it is not one of the machine's. */
  readonly caFile?: string;
}

export interface PlaceSources {
  readonly environment: NodeJS.ProcessEnv;
  /** Where a local cloud keeps its data; `undefined` where none can run. */
  readonly localDirectory: string | undefined;
  readonly nowMs: number;
}

/** @throws CommandError when nobody is signed in there, or no longer */
export function placeOf(url: string | undefined, sources: PlaceSources): ApiPlace {
  const wanted = url === undefined ? undefined : parseGatewayUrl(url);
  const signIn = readSignIn(sources.environment);
  const local = localPlace(sources.localDirectory);
  if (signIn !== undefined && (wanted === undefined || wanted === signIn.url)) {
    if (Date.parse(signIn.expiresAt) > sources.nowMs) return signedInPlace(signIn);
    if (local?.url !== wanted || wanted === undefined) throw isOver(signIn, local !== undefined);
  }
  if (local !== undefined && (wanted === undefined || wanted === local.url)) return local;
  throw new CommandError(
    wanted === undefined
      ? `nobody is signed in, and no local cloud has run here\n${signInAt("https://<gateway>")}\nor start a local cloud: npm start`
      : `nobody is signed in at ${wanted}\n${signInAt(wanted)}`,
    EXIT.refused,
  );
}

/** The gateway's address as it is compared: an agent's endpoint `.../aws` serves too. @throws UsageError */
export function parseGatewayUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isLocal = url?.hostname === "127.0.0.1" || url?.hostname === "localhost";
  const isFit = url !== undefined && url.username === "" && url.search === "" && url.hash === "";
  if (isFit && (url.protocol === "https:" || (url.protocol === "http:" && isLocal))) {
    const path = url.pathname.replace(/\/(?:aws|api)?\/?$/, "");
    if (path === "") return url.origin;
  }
  throw new UsageError("--url must be the gateway's address, https://<gateway>");
}

export function signInFile(environment: NodeJS.ProcessEnv): string {
  // Only an absolute path counts (XDG Base Directory Specification).
  const { XDG_CONFIG_HOME: home = "" } = environment;
  return join(home.startsWith("/") ? home : join(homedir(), ".config"), "countersign", "session.json");
}

/** `undefined` when nobody signed in, or the file is not one of ours. */
function readSignIn(environment: NodeJS.ProcessEnv): SignIn | undefined {
  const value = readJson(signInFile(environment));
  if (value === undefined) return undefined;
  const { url, issuer, clientId, name, idToken, expiresAt } = value;
  const isWhole = [url, issuer, clientId, name, idToken, expiresAt].every((text) => typeof text === "string");
  return isWhole ? (value as unknown as SignIn) : undefined;
}

/** @throws when the file cannot be written */
export function writeSignIn(environment: NodeJS.ProcessEnv, signIn: SignIn): void {
  const file = signInFile(environment);
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify(signIn, null, 2)}\n`, { mode: 0o600 });
  renameSync(draft, file); // a file that was there with a wider mode does not keep it
}

/** True when somebody was signed in. */
export function forgetSignIn(environment: NodeJS.ProcessEnv): boolean {
  const was = readSignIn(environment) !== undefined;
  rmSync(signInFile(environment), { force: true });
  return was;
}

function signedInPlace({ url, idToken, caFile }: SignIn): ApiPlace {
  return { url, token: idToken, ca: caFile === undefined ? undefined : readFileSync(caFile, "utf8") };
}

/** @param directory the local cloud's data */
export function localPlace(directory: string | undefined): ApiPlace | undefined {
  const value = directory === undefined ? undefined : readJson(join(directory, READER_FILE));
  if (value === undefined) return undefined;
  const { url, idToken, caFile } = value;
  if (typeof url !== "string" || typeof idToken !== "string" || typeof caFile !== "string") return undefined;
  return { url, token: idToken, ca: readFileSync(caFile, "utf8") };
}

function isOver({ url, expiresAt }: SignIn, hasLocal: boolean): CommandError {
  const instead = hasLocal ? "\nor ask the local cloud of this folder again: countersign logout" : "";
  return new CommandError(
    `your sign-in at ${url} ended at ${expiresAt}\n${signInAt(url)}${instead}`,
    EXIT.refused,
  );
}

function readJson(file: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(file, "utf8"));
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
