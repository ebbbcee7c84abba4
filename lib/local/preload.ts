// The one place where a function's network is bent: connections to AWS's names go to the small AWS on this machine, and
// any other name outside it is refused. The function's code knows nothing of it: it resolves names, speaks TLS and
// verifies certificates as it would in Lambda, against the local authority. Every attempt is reported, none is silent.

import dgram from "node:dgram";
import net from "node:net";
import tls from "node:tls";
import { isAwsName, SLACK_NAME } from "./certificates.ts";

export interface ConnectionReport {
  readonly host: string;
  readonly port: number;
  readonly verdict: "aws" | "slack" | "loopback" | "refused";
}

export interface PreloadOptions {
  /** The small AWS on 127.0.0.1. */
  readonly awsPort: number;
  /** The stand-in for slack.com on 127.0.0.1; without one, that name is refused as any other. */
  readonly slackPort?: number | undefined;
  /** The only authority that this thread trusts from here on. */
  readonly caPem: string;
  report(connection: ConnectionReport): void;
}

interface Target {
  readonly host: string;
  readonly port: number;
}

const LOOPBACK = new Set(["localhost", "127.0.0.1", "::1"]);

/** Changes this thread's `net`, `tls` and `dgram` for good. To be called before the function's bundle is loaded. */
export function installPreload({ awsPort, slackPort, caPem, report }: PreloadOptions): void {
  tls.setDefaultCACertificates([caPem]);
  const connect = net.Socket.prototype.connect;
  // Every TCP and TLS client in Node ends here, undici and http2 too: TLS names were fixed before, and stay.
  net.Socket.prototype.connect = function (this: net.Socket, ...args: unknown[]): net.Socket {
    const { host, port } = targetOf(args);
    const verdict = judge({ host, port }, slackPort);
    report({ host, port, verdict });
    if (verdict === "refused") {
      const error = new Error(`the local cloud lets nothing out: \`${host}:${port}\` is not a name of AWS`);
      // Later, as a real failure would be: until then clients write into a socket that connects.
      Object.assign(this, { connecting: true });
      setImmediate(() => this.destroy(error));
      return this;
    }
    const standIn = { aws: awsPort, slack: slackPort, loopback: undefined }[verdict];
    const bent = standIn === undefined ? args : retarget(args, { host: "127.0.0.1", port: standIn });
    return Reflect.apply(connect, this, bent);
  };
  dgram.createSocket = () => {
    report({ host: "udp", port: 0, verdict: "refused" });
    throw new Error("the local cloud lets nothing out: UDP is closed");
  };
}

function judge({ host, port }: Target, slackPort: number | undefined): ConnectionReport["verdict"] {
  if (LOOPBACK.has(host)) return "loopback";
  if (host === SLACK_NAME && port === 443 && slackPort !== undefined) return "slack";
  // AWS is spoken to over TLS only: plain HTTP to it is as wrong here as it would be there.
  return isAwsName(host) && port === 443 ? "aws" : "refused";
}

// `connect` takes an options object, (port, host), a path, or Node's own array of already normalised arguments.
function targetOf(args: readonly unknown[]): Target {
  const first = Array.isArray(args[0]) ? args[0][0] : args[0];
  if (typeof first === "object" && first !== null) {
    const { host, port, path } = first as { host?: unknown; port?: unknown; path?: unknown };
    if (typeof path === "string" && port === undefined) return { host: `unix:${path}`, port: 0 };
    return { host: typeof host === "string" ? host : "localhost", port: Number(port) };
  }
  if (typeof first === "string" && Number.isNaN(Number(first))) return { host: `unix:${first}`, port: 0 };
  return { host: typeof args[1] === "string" ? args[1] : "localhost", port: Number(first) };
}

function retarget(args: readonly unknown[], target: Target): unknown[] {
  const [first, ...rest] = args;
  if (Array.isArray(first)) {
    // In place: Node marks the array itself as normalised.
    first[0] = { ...first[0], ...target };
    return [first, ...rest];
  }
  if (typeof first === "object") return [{ ...first, ...target }, ...rest];
  return [target, ...rest.filter((argument) => typeof argument === "function")];
}
