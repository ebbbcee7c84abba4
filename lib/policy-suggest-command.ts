import type { CommandOutput, PolicyWorld } from "./policy-command.ts";
export const SUGGEST_HELP = "";
export async function suggestCommand(_args: readonly string[], _world: PolicyWorld): Promise<CommandOutput> {
  return { lines: [], exitCode: 2 };
}
