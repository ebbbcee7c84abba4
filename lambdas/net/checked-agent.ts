// Keeps connections to AWS alive between calls, and hands out only those that can be believed: a new one after its TLS
// handshake and name check, a kept one only while it is fresh. A frozen function wakes up with connections that AWS
// closed long ago; a request written to one would be in doubt although nobody read it.

import type { ClientRequestArgs } from "node:http";
import { Agent } from "node:https";
import type { Duplex } from "node:stream";

/** Shorter than the idle timeout of any AWS endpoint we know of; the wall clock, since it goes on during a freeze. */
const MAX_IDLE_MS = 4_000;

type OnCreated = (error: Error | null, socket: Duplex) => void;

export class CheckedAgent extends Agent {
  readonly #idleSince = new WeakMap<Duplex, number>();

  /** Closes the kept connections that have been idle for too long. */
  dropStale(): void {
    const oldest = Date.now() - MAX_IDLE_MS;
    for (const socket of Object.values(this.freeSockets).flatMap((list) => list ?? [])) {
      const since = this.#idleSince.get(socket) ?? 0;
      // A clock that jumped back makes an idle time negative: not fresh either.
      if (since < oldest || since > Date.now()) socket.destroy();
    }
  }

  /** Calls back only when TLS stands and the name was checked: until then a request is certainly unsent. */
  override createConnection(options: ClientRequestArgs, callback?: OnCreated): Duplex | null | undefined {
    const socket = super.createConnection(options);
    if (!socket || callback === undefined) return socket;
    const fail = (error: Error): void => callback(error, socket);
    socket.once("error", fail);
    socket.once("secureConnect", () => {
      socket.off("error", fail);
      callback(null, socket);
    });
    return undefined;
  }

  override keepSocketAlive(socket: Duplex): boolean {
    this.#idleSince.set(socket, Date.now());
    return super.keepSocketAlive(socket) as unknown as boolean;
  }
}
