// Who reads records and gives orders on this machine: a person whose login the CLI has from the start, and the login of
// anybody else by the same client.

import type { LocalIssuer } from "./issuer.ts";

export const CLI_CLIENT = "countersign-cli";
const AUDITORS = "countersign-auditors";
export const ADMINISTRATORS = "countersign-administrators";

/** She reads all records and may revoke; no approver. */
export const DEMO_ADMIN = {
  subject: "ada",
  name: "Ada Admin",
  groups: [AUDITORS, ADMINISTRATORS],
  slackUser: null,
};

/** `readers` of the configuration. */
export function demoReaders({ issuer, jwksUri }: Pick<LocalIssuer, "issuer" | "jwksUri">): unknown {
  return {
    issuer,
    jwksUri,
    clientId: CLI_CLIENT,
    algorithms: ["RS256"],
    groupsClaim: "groups",
    auditors: [AUDITORS],
  };
}
