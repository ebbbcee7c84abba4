// `countersign policy`: wires records and emergency rules to lib/policy-command.ts. Needs a checkout: models, policies and
// the configuration lie there.

import { readRules } from "../emergency-orders.ts";
import { POLICY_HELP, policyCommand } from "../policy-command.ts";
import type { Command } from "./command.ts";
import { stateAccess, unreachable } from "./operator.ts";
import { sessionRecords } from "./records.ts";

export const policy: Command = {
  help: POLICY_HELP,
  run: async (args, { terminal, api, now }) => {
    const { lines, exitCode } = await policyCommand(args, {
      readSession: (url, session) => sessionRecords(api(url), session),
      readEmergency: async (stateTable) => readRules(await stateAccess(stateTable)).catch(unreachable),
      now,
    });
    for (const line of lines) terminal.print(line);
    return exitCode;
  },
};
