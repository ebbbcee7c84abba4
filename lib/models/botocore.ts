// Reads botocore's data directory: service models, endpoint rules and partitions. Facts only; documentation is never
// kept. Trusts the directory (a developer's own installation). What becomes of the facts is decided by the other files.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { RuleSet } from "./endpoint-rules.ts";

export interface RawMember {
  readonly shape: string;
  readonly locationName?: string;
  readonly location?: "uri" | "querystring" | "header" | "headers" | "statusCode";
  readonly queryName?: string;
  readonly idempotencyToken?: boolean;
  readonly flattened?: boolean;
  readonly xmlAttribute?: boolean;
  readonly jsonvalue?: boolean;
  readonly hostLabel?: boolean;
  readonly eventheader?: boolean;
  readonly eventpayload?: boolean;
  readonly contextParam?: { readonly name: string };
}

export interface RawShape {
  readonly type: string;
  readonly members?: Readonly<Record<string, RawMember>>;
  readonly member?: RawMember;
  readonly key?: RawMember;
  readonly value?: RawMember;
  readonly required?: readonly string[];
  readonly sensitive?: boolean;
  readonly payload?: string;
  readonly flattened?: boolean;
  readonly timestampFormat?: string;
  readonly document?: boolean;
  readonly eventstream?: boolean;
  readonly error?: { readonly code?: string };
}

export interface RawOperation {
  readonly name: string;
  readonly http: { readonly method: string; readonly requestUri: string };
  readonly input?: { readonly shape: string; readonly locationName?: string };
  readonly output?: { readonly shape: string; readonly resultWrapper?: string };
  readonly errors?: readonly { readonly shape: string }[];
  readonly endpoint?: { readonly hostPrefix: string };
  readonly authtype?: string;
  readonly deprecated?: boolean;
  readonly staticContextParams?: Readonly<Record<string, { readonly value: unknown }>>;
}

export interface RawService {
  readonly metadata: {
    readonly apiVersion: string;
    readonly endpointPrefix: string;
    readonly protocol: string;
    readonly protocols?: readonly string[];
    readonly jsonVersion?: string;
    readonly signingName?: string;
    readonly targetPrefix?: string;
    readonly signatureVersion: string;
  };
  readonly operations: Readonly<Record<string, RawOperation>>;
  readonly shapes: Readonly<Record<string, RawShape>>;
}

export interface BotocoreService {
  readonly name: string;
  readonly model: RawService;
  readonly rules: RuleSet;
}

/** The newest version of every service under `directory` (botocore's `data`), in order of name. */
export function readServices(directory: string): BotocoreService[] {
  return readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()
    .flatMap((name) => {
      const newest = newestVersion(join(directory, name));
      return newest === undefined ? [] : [readService(name, newest)];
    });
}

function newestVersion(directory: string): string | undefined {
  const versions = readdirSync(directory).sort();
  return versions
    .map((version) => join(directory, version))
    .filter((path) => existsJson(join(path, "service-2.json")))
    .at(-1);
}

function readService(name: string, directory: string): BotocoreService {
  return {
    name,
    model: readJson(join(directory, "service-2.json")) as RawService,
    rules: readJson(join(directory, "endpoint-rule-set-1.json")) as RuleSet,
  };
}

function existsJson(path: string): boolean {
  return existsSync(path) || existsSync(`${path}.gz`);
}

/** Reads a JSON file that may be stored compressed, as newer releases of botocore do. */
export function readJson(path: string): unknown {
  const bytes = existsSync(path) ? readFileSync(path) : gunzipSync(readFileSync(`${path}.gz`));
  return JSON.parse(bytes.toString("utf8"));
}
