// The way in of every function behind the edge: the event, read once our edge's secret holds. Decides nothing about a
// caller. What host the request names is compared by the flow, since only some of them may have something before it.

import { type EdgeSettings, parseEvent } from "../ingress/parse-event.ts";
import { refuse } from "../model/refusal.ts";

interface OriginSecrets {
  /** The secrets that count now. @throws when none can be read. */
  accepted(): Promise<readonly string[]>;
  /** After a mismatch: reads again, unless that was tried just now. */
  acceptedAfterMismatch(): Promise<readonly string[]>;
}

export interface EntranceDependencies {
  /** Where this gateway is reached: the host that requests must name. Asked at each request, so it must be cached. */
  readonly publicUrl: () => Promise<string>;
  readonly originSecrets: OriginSecrets;
  readonly apiStage: string;
}

/** The request of an event, or a refusal that tells the right address. @throws when secret or address cannot be read */
export async function readEvent(
  event: unknown,
  dependencies: EntranceDependencies,
): Promise<ReturnType<typeof parseEvent>> {
  const { originSecrets, apiStage, publicUrl } = dependencies;
  const settings = (secrets: readonly string[]): EdgeSettings => ({
    stage: apiStage,
    originSecrets: secrets,
  });
  // Both at once: in a cold function each is a request to AWS.
  const [accepted, gatewayUrl] = await Promise.all([originSecrets.accepted(), publicUrl()]);
  const parsed = parseEvent(event, settings(accepted));
  if (parsed.kind === "request" || parsed.code !== "AccessDenied") return parsed;
  // The origin secret may have been replaced since it was read.
  const again = parseEvent(event, settings(await originSecrets.acceptedAfterMismatch()));
  if (again.kind === "request" || again.code !== "AccessDenied") return again;
  return refuse(again.code, `${again.message} (${gatewayUrl}/aws)`);
}
