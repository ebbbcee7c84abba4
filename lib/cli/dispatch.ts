// Finds the command that a line names, gives it what it needs, and turns whatever it throws into a sentence and an exit
// code. Decides nothing else.

import manifest from "../../package.json" with { type: "json" };
import { didYouMean } from "../did-you-mean.ts";
import { visible } from "../session-text.ts";
import { usageErrorOf } from "./arguments.ts";
import { CHECKOUT } from "./checkout.ts";
import type { CommandContext } from "./command.ts";
import { COMMANDS, type CommandEntry, GROUPS } from "./commands.ts";
import { CommandError, EXIT, type ExitCode } from "./exit.ts";

const NAME_WIDTH = 22;

/** Runs one command line. Never throws. */
export async function dispatch(words: readonly string[], context: CommandContext): Promise<ExitCode> {
  const { remark } = context.terminal;
  const [name = "help", ...args] = words;
  if (name === "--version") {
    context.terminal.print(`countersign ${manifest.version}`);
    return EXIT.ok;
  }
  if (name === "help" || name === "--help" || name === "-h") return help(args, context);
  const entry = COMMANDS.find((one) => one.name === name);
  if (entry === undefined) {
    const names = COMMANDS.map((one) => one.name);
    remark(`countersign: there is no command \`${visible(name)}\`${didYouMean(name, names)}`);
    remark("countersign help: what there is");
    return EXIT.usage;
  }
  return wantsHelp(args) ? help([name], context) : run(entry, args, context);
}

async function run(entry: CommandEntry, args: readonly string[], context: CommandContext): Promise<ExitCode> {
  const { remark } = context.terminal;
  try {
    if (entry.needsCheckout === true && CHECKOUT === undefined) throw needsCheckout(entry.name);
    const command = await entry.load();
    return await command.run(args, context).catch((error: unknown) => {
      throw usageErrorOf(error, optionsIn(command.help)) ?? error;
    });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const exitCode = error instanceof CommandError ? error.exitCode : EXIT.failed;
    for (const [index, line] of message.split("\n").entries()) {
      remark(`${index === 0 ? "countersign: " : ""}${visible(line)}`);
    }
    if (exitCode === EXIT.usage) remark(`countersign ${entry.name} --help: how it is used`);
    return exitCode;
  }
}

async function help(words: readonly string[], context: CommandContext): Promise<ExitCode> {
  const [name] = words;
  if (name === undefined) {
    context.terminal.print(overview(context).trimEnd());
    return EXIT.ok;
  }
  const entry = COMMANDS.find((one) => one.name === name);
  if (entry === undefined) return dispatch([name], context); // says that there is none
  if (entry.needsCheckout === true && CHECKOUT === undefined) return run(entry, [], context);
  context.terminal.print((await entry.load()).help.trimEnd());
  return EXIT.ok;
}

function overview({ terminal: { paint } }: CommandContext): string {
  const groups = GROUPS.map(({ title, entries }) =>
    [
      paint("bold", title),
      ...entries.map(({ name, summary }) => `  ${paint("cyan", name.padEnd(NAME_WIDTH))}${summary}`),
    ].join("\n"),
  );
  return `countersign <command> [options]

${groups.join("\n\n")}

countersign <command> --help   how it is used
Exit codes: 0 done, 1 failed or not as recorded, 2 wrong usage, 3 not allowed or not signed in
`;
}

/** What follows \`--\` belongs to another program's command line. */
function wantsHelp(args: readonly string[]): boolean {
  const end = args.indexOf("--");
  const own = end < 0 ? args : args.slice(0, end);
  return own.includes("--help") || own.includes("-h");
}

/** A help text names every option. */
function optionsIn(help: string): readonly string[] {
  return [...new Set([...help.matchAll(/--([a-z][a-z-]*)/g)].map(([, name = ""]) => name))];
}

function needsCheckout(name: string): CommandError {
  return new CommandError(
    `\`${name}\` reads policies and models, which an installed package does not have: run it in a checkout of Countersign, \`npm run -s countersign -- ${name} ...\``,
    EXIT.failed,
  );
}
