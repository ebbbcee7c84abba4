// `countersign revoke`: an administrator's order to stop a session, an agent, a role or everything at once, to lift that
// again, or to see what is in force. The gateway decides who may, records the order and then carries it out.

import type { OrderTarget } from "../../lambdas/model/record.ts";
import { visible } from "../session-text.ts";
import type { ApiClient } from "./api-client.ts";
import { parseWords } from "./arguments.ts";
import type { Command } from "./command.ts";
import { CommandError, EXIT, UsageError } from "./exit.ts";
import type { Terminal } from "./terminal.ts";

const OPTIONS = {
  reason: { type: "string" },
  lift: { type: "boolean" },
  list: { type: "boolean" },
  json: { type: "boolean" },
  url: { type: "string" },
} as const;
const KINDS: readonly OrderTarget["kind"][] = ["session", "agent", "role", "everything"];

export const revoke: Command = {
  help: `countersign revoke session <id> --reason <text>
countersign revoke agent '<issuer>|<subject>' --reason <text>
countersign revoke role <arn> --reason <text>
countersign revoke everything --reason <text>
countersign revoke --lift <the same words> --reason <text>
countersign revoke --list

  Stops a session, an agent, the use of a role or everything, from the next call on; administrators only. The
  order is recorded with who gave it and why, before it takes effect. What AWS is carrying out is not undone.

  --reason <text>            one line that stays on record
  --lift                     takes the order back     --list     what is revoked now (--json: for programs)
  --url <url>                of the gateway: the one where you signed in by default
`,
  run: async (args, { terminal, api }) => {
    const { values, positionals } = parseWords(args, OPTIONS);
    if (values.list === true) {
      if (positionals.length > 0) throw new UsageError("`--list` takes no further words");
      await list(api(values.url), terminal, values.json === true);
      return EXIT.ok;
    }
    const target = targetOf(positionals);
    const { reason } = values;
    if (reason === undefined || reason.trim() === "") throw new UsageError("say why: --reason <text>");
    const path = values.lift === true ? "/revocations/lift" : "/revocations";
    await api(values.url).post(path, { target: target.kind, id: target.id, reason });
    const what = visible([target.kind, target.id ?? ""].join(" ").trim());
    terminal.print(
      values.lift === true
        ? `lifted: ${what} may be used again from the next call on`
        : `revoked: ${what}, from the next call on; lift it by \`countersign revoke --lift ${what} --reason ...\``,
    );
    return EXIT.ok;
  },
};

function targetOf([word = "", id, ...more]: readonly string[]): OrderTarget {
  const kind = KINDS.find((one) => one === word);
  if (kind === undefined) throw new UsageError(`say what: ${KINDS.join(", ")}`);
  if (more.length > 0) throw new UsageError(`\`${more[0]}\` is one word too many`);
  if (kind === "everything") {
    if (id !== undefined) throw new UsageError("`everything` takes no id");
    return { kind, id: null };
  }
  if (id === undefined) throw new UsageError(`name the ${kind}: countersign revoke ${kind} <${NAMES[kind]}>`);
  return { kind, id };
}

const NAMES = { session: "id", agent: "issuer|subject", role: "arn" } as const;

interface InForce {
  readonly target: string;
  readonly id: string | null;
  readonly by: string | null;
  readonly at: string | null;
  readonly reason: string | null;
}

async function list(client: ApiClient, { print, remark }: Terminal, asJson: boolean): Promise<void> {
  const answer = (await client.get("/revocations")) as {
    readonly revocations?: readonly InForce[];
    readonly complete?: boolean;
  };
  if (!Array.isArray(answer.revocations)) throw new CommandError("the gateway's list cannot be read");
  const revocations = answer.revocations as readonly InForce[];
  if (revocations.length === 0 && !asJson) print("nothing is revoked");
  for (const one of revocations) {
    if (asJson) {
      print(JSON.stringify(one));
      continue;
    }
    const { target, id, by, at, reason } = one;
    print(visible([target, id ?? ""].join(" ").trim()));
    print(
      `  by ${visible(by ?? "somebody unknown")}, ${visible(at ?? "at an unknown time")}: ${visible(reason ?? "no reason")}`,
    );
  }
  if (answer.complete === false) remark("the list is not complete: there are more than the gateway shows");
}
