// `countersign policy diff`: what the policies of a folder would have decided about recorded calls. Exit code 0 without a
// difference, 1 with one, 2 where nothing could be compared: a pipeline can tell a change from a mistake.

import { parseArgs } from "node:util";
import { deploymentOf } from "./config.ts";
import type { CommandOutput, PolicyWorld } from "./policy-command.ts";
import { policyDiff } from "./policy-diff.ts";
import { diffJson, diffText } from "./policy-diff-text.ts";
import { bundleOf, CALL_OPTIONS, configOfCalls, progressOf, readCalls } from "./policy-places.ts";
import { createReplay } from "./policy-replay.ts";

export const DIFF_HELP = `
  diff               what these policies would newly deny, hold or permit of recorded calls; exit code 0: nothing, 1:
                     something, 2: it cannot be said
                     ... diff --against calls.jsonl [--against more.jsonl]      (\`-\`: from stdin)
    --against <file>      JSON lines of \`calls --json\`, \`replay --json\`, the API or \`export\`
    --session <id>, --agent <issuer|subject or name>, --since <30m|4h|2d|ISO 8601>
                          without a file: by the API of the gateway, or of --url <url>; with one: only these of it
    --local               the records of the file are the local cloud's      --json   all groups, for tools
`;

/** Never throws: what cannot be done is exit code 2. */
export async function diffCommand(args: readonly string[], world: PolicyWorld): Promise<CommandOutput> {
  try {
    return await diff(args, world);
  } catch (error) {
    return { lines: [], errors: [error instanceof Error ? error.message : String(error)], exitCode: 2 };
  }
}

async function diff(args: readonly string[], world: PolicyWorld): Promise<CommandOutput> {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { ...CALL_OPTIONS, against: { type: "string", multiple: true } },
    allowPositionals: true,
  });
  const files = [...(values.against ?? []), ...positionals];
  const read = await readCalls(files, values, world);
  const config = configOfCalls(values, files.length > 0, read);
  const bundle = bundleOf(values.policies, config);
  const progress = progressOf("calls", read.calls.length);
  const found = policyDiff(read.calls, createReplay(bundle, deploymentOf(config)), progress.tick);
  progress.end();
  const about = {
    policyVersion: bundle.version,
    policies: bundle.policies.length,
    skipped: read.skipped,
  };
  return {
    lines: values.json === true ? [diffJson(found, about)] : diffText(found, about),
    exitCode: found.differences.length === 0 ? 0 : 1,
  };
}
