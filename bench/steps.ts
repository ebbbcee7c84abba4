// Times the steps of one warm GetItem with tinybench, each alone, and then the whole flow over in-memory ports.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as cedar from "@cedar-policy/cedar-wasm/nodejs";
import { Bench } from "tinybench";
import { modelFiles } from "../lambdas/boundary/model-files.ts";
import { type ServeDependencies, serve } from "../lambdas/flow/serve.ts";
import { parseSignatureClaim } from "../lambdas/identity/sigv4/signature-claim.ts";
import { verifySignature } from "../lambdas/identity/sigv4/verify-signature.ts";
import { parseEvent } from "../lambdas/ingress/parse-event.ts";
import { partsOfRole, sessionIdOfKey } from "../lambdas/model/ids.ts";
import type { Refusal } from "../lambdas/model/refusal.ts";
