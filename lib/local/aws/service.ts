// What every stand-in of an AWS service offers to the server, and what the server hands to it.

import type { Caller, KeyRing } from "./credentials.ts";
import type { AwsRequest, ErrorShape, Need, Plan } from "./wire.ts";
import type { Account, World } from "./world.ts";

export interface Context {
  readonly caller: Caller;
  /** The account whose resources the request means: the caller's. */
  readonly account: Account;
  readonly region: string;
  readonly world: World;
  readonly ring: KeyRing;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly requestId: string;
  /** Asks IAM without recording a denial: for answers that depend on what else the caller may do. */
  may(need: Need): boolean;
}

export interface AwsService {
  /** botocore's service name; also the service of the credential scope, for all that are served here. */
  readonly name: string;
  readonly errors: ErrorShape;
  /** The operation that the request names, for the log; read before anything is verified. */
  operationOf(request: AwsRequest): string | undefined;
  /** Recognises and validates; throws AwsError. Nothing has changed when it returns. */
  plan(request: AwsRequest, context: Context): Plan | Promise<Plan>;
}
