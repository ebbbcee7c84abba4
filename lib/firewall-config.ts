// The configuration of lib/edge-firewall.ts, from the context key `firewall`: an object in cdk.json, or on the command
// line the path of a JSON file. Parsed strictly, all faults at once.

import { z } from "zod";
import { parseWith } from "./config.ts";
import { contextValue } from "./context-value.ts";

const firewallSchema = z.strictObject({
  account: z
    .string()
    .regex(/^\d{12}$/, "must be the 12 digits of the account that the distribution is in, or be left out")
    .optional(),
  // 100 a second: a tenth of what API Gateway lets through by default (lib/config-limits.ts), so that one address cannot
  // take it all, and ten times what one agent may call.
  requestsPerMinutePerSource: z
    .int("must be a whole number")
    .min(100, "must be at least 100")
    .max(2_000_000_000, "must be at most 2,000,000,000")
    .default(6_000),
});

export type FirewallConfig = z.output<typeof firewallSchema>;

/**
 * Parses the value of the context key `firewall`.
 * @throws ConfigError with every fault found.
 */
export function parseFirewall(context: unknown): FirewallConfig {
  const subject = "the firewall configuration `firewall`";
  return parseWith(firewallSchema, contextValue(context, subject), subject);
}
