// The processes that run the gateway's functions, as Lambda does: one invocation at a time in each, a killed one replaced,
// some kept warm. What they ask of the world is answered by whoever invokes.

import { type ChildProcess, fork } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as esbuild from "esbuild";
import type { FromChild, Invoke, Reply, World } from "./approval-kill-protocol.ts";

export type Invoked =
  | { readonly kind: "done"; readonly result: unknown; readonly acts: readonly string[] }
  | { readonly kind: "failed"; readonly message: string; readonly acts: readonly string[] }
  | { readonly kind: "killed"; readonly signal: string | null };

/** Answers what a process asks; `"kill"` ends it there. */
type OnWorld = (world: World) => Promise<Reply | "kill now">;

export interface FunctionPool {
  invoke(message: Omit<Invoke, "kind">, onWorld: OnWorld): Promise<Invoked>;
  close(): void;
}

const WARM = 4;

export async function functionPool(endpoint: string): Promise<FunctionPool> {
  const folder = mkdtempSync(join(tmpdir(), "countersign-kill-"));
  const outfile = join(folder, "child.mjs");
  await esbuild.build({
    entryPoints: [join(import.meta.dirname, "approval-kill-child.ts")],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node24",
    // Files are found as from the sources: all that are read lie two folders above a folder of tests.
    define: {
      "import.meta.dirname": JSON.stringify(import.meta.dirname),
      "import.meta.url": JSON.stringify(import.meta.url),
    },
    banner: { js: BANNER },
    plugins: [WITHOUT_POLICY_ENGINE],
    logLevel: "error",
  });
  const idle: Promise<ChildProcess>[] = [];
  const all = new Set<ChildProcess>();
  const grow = (): Promise<ChildProcess> => {
    const child = fork(outfile, [endpoint], { execArgv: [], silent: true });
    all.add(child);
    child.once("exit", () => all.delete(child));
    child.on("error", () => {}); // told something while it was killed
    return new Promise((resolve, reject) => {
      child.once("message", () => resolve(child));
      child.stderr?.once("data", (text) => reject(new Error(String(text))));
    });
  };
  for (let count = 0; count < WARM; count += 1) idle.push(grow());
  return {
    async invoke(message, onWorld) {
      const child = await (idle.shift() ?? grow());
      const ended = await runIn(child, { kind: "invoke", ...message }, onWorld);
      idle.push(ended.kind === "killed" ? grow() : Promise.resolve(child));
      return ended;
    },
    close() {
      for (const child of all) child.kill("SIGKILL");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

// CommonJS parts call `require`. And an issuer's RSA keys, which nobody asks for here, would take half a second.
const BANNER = `
import cryptoWithoutKeys from "node:crypto";
import { createRequire as requireOf, syncBuiltinESMExports as withoutKeys } from "node:module";
const require = requireOf(${JSON.stringify(import.meta.url)});
const makeKeys = cryptoWithoutKeys.generateKeyPairSync;
cryptoWithoutKeys.generateKeyPairSync = () => makeKeys("ec", { namedCurve: "P-256" });
withoutKeys();`;

/** The child's policy is made of what the test says: the engine would only cost each process its start. */
const WITHOUT_POLICY_ENGINE: esbuild.Plugin = {
  name: "without-policy-engine",
  setup(build) {
    build.onResolve({ filter: /cedar-wasm/ }, ({ path }) => ({ path, namespace: "nothing" }));
    build.onLoad({ filter: /.*/, namespace: "nothing" }, () => ({ contents: "module.exports = {};" }));
  },
};

function runIn(child: ChildProcess, message: Invoke, onWorld: OnWorld): Promise<Invoked> {
  const { promise, resolve } = Promise.withResolvers<Invoked>();
  const listen = (said: FromChild): void => {
    if (said.kind === "done" || said.kind === "failed") resolve(said);
    if (said.kind !== "world") return;
    onWorld(said.world).then(
      (reply) => {
        if (reply === "kill now") child.kill("SIGKILL");
        else if (child.connected) child.send({ kind: "reply", id: said.id, reply });
      },
      () => {}, // stopped meanwhile
    );
  };
  const gone = (_code: number | null, signal: string | null): void => resolve({ kind: "killed", signal });
  child.on("message", listen);
  child.once("exit", gone);
  child.send(message);
  return promise.finally(() => {
    child.off("message", listen);
    child.off("exit", gone);
  });
}
