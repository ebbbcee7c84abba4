// `countersign policy suggest`: reads arguments and recorded calls, and gives the smallest policies that cover them. Writes
// no file: what it prints is for people to read before they take it.

import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { UsageError } from "./cli/exit.ts";
import { deploymentOf } from "./config.ts";
import type { CommandOutput, PolicyWorld } from "./policy-command.ts";
import { bundleOf, CALL_OPTIONS, configOfCalls, readCalls } from "./policy-places.ts";
import { suggest } from "./policy-suggest.ts";
import { suggestionJson, suggestionText } from "./policy-suggest-text.ts";

export const SUGGEST_HELP = `
  suggest            the smallest policies, and policy of its role, that cover what an agent's recorded calls needed
                     ... suggest --agent <issuer|subject or name> --from calls.jsonl      (\`-\`: from stdin)
    --from <file>, --session, --agent, --since, --url, --local, --json      as for diff
    --role <name|arn>     only calls under this role
    --generalise <n>      from so many resources in one folder on, permit the folder (default 20; \`never\`)
    --role-policy <file>  the role's present policy as JSON: which of its actions were never used
`;

const LEAST_IN_FOLDER = 20; // a policy that lists more is read by nobody

export async function suggestCommand(args: readonly string[], world: PolicyWorld): Promise<CommandOutput> {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: {
      ...CALL_OPTIONS,
      from: { type: "string", multiple: true },
      role: { type: "string" },
      generalise: { type: "string" },
      "role-policy": { type: "string" },
    },
    allowPositionals: true,
  });
  const files = [...(values.from ?? []), ...positionals];
  const least = leastOf(values.generalise);
  const file = values["role-policy"];
  const rolePolicy: unknown = file === undefined ? undefined : JSON.parse(readFileSync(file, "utf8"));
  const read = await readCalls(files, values, world);
  const config = configOfCalls(values, files.length > 0, read);
  const request = { calls: read.calls, role: values.role, least, rolePolicy };
  const suggestion = suggest(request, bundleOf(values.policies, config), deploymentOf(config));
  return {
    lines:
      values.json === true
        ? [suggestionJson(suggestion, read.skipped)]
        : suggestionText(suggestion, read.skipped),
    exitCode: 0,
  };
}

function leastOf(text: string | undefined): number | null {
  if (text === undefined) return LEAST_IN_FOLDER;
  if (text === "never") return null;
  if (!/^[2-9]$|^[1-9]\d{1,5}$/.test(text))
    throw new UsageError("`--generalise` takes a number from 2 on, or `never`");
  return Number(text);
}
