// `countersign verify`: reads the operator's arguments and the files, verifies, and says what was proved or what is wrong.
// Decides nothing. Keys and text in an export are whatever somebody wrote there, so they are printed made visible.

import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { UsageError } from "./cli/exit.ts";
import { fileLines } from "./file-lines.ts";
import { visible } from "./session-text.ts";
import { type Expected, type Proof, verifyExport } from "./verify-export.ts";

const VERIFY_OPTIONS = {
  key: { type: "string" },
  from: { type: "string" },
  until: { type: "string" },
  checkpoint: { type: "string" },
} as const;

/** The lines to print, and 1 where something is wrong with the export. @throws an Error that says what to correct. */
export async function verifyCommand(
  args: readonly string[],
  onLine: (count: number) => void = () => {},
): Promise<{ readonly lines: readonly string[]; readonly exitCode: 0 | 1 }> {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: VERIFY_OPTIONS,
    allowPositionals: true,
  });
  const [path, ...more] = positionals;
  if (path === undefined || more.length > 0)
    throw new UsageError("name one export: `countersign verify <export>`");
  if (values.key === undefined) throw new UsageError("name the file with the public key in PEM: --key <pem>");
  const { from, until, checkpoint } = values;
  for (const [option, time] of Object.entries({ from, until })) {
    if (time !== undefined && Number.isNaN(Date.parse(time))) {
      throw new UsageError(`--${option} \`${time}\` is not a time: write it as 2026-01-31T12:00:00Z`);
    }
  }
  const expected = { from, until, checkpoint: checkpoint?.toLowerCase() };
  const verdict = await verifyExport(counted(path, onLine), await readFile(values.key, "utf8"), expected);
  if (!verdict.ok) {
    const { kind, sentence } = verdict.fault;
    return { lines: [`NOT AS RECORDED (${kind})`, `  ${visible(sentence)}`], exitCode: 1 };
  }
  return { lines: proofText(verdict, expected), exitCode: 0 };
}

async function* counted(path: string, onLine: (count: number) => void): AsyncGenerator<string> {
  let count = 0;
  for await (const line of fileLines(path)) {
    count += 1;
    onLine(count);
    yield line;
  }
}

function proofText(proof: Proof, { until, checkpoint }: Expected): readonly string[] {
  const { records, first, last, from, to, deployment, lastCheckpoint } = proof;
  return [
    `as recorded: ${records} records of \`${visible(deployment)}\` from ${from} to ${to}`,
    `  checkpoints ${first} to ${last}, nothing changed, dropped, added or reordered`,
    `  last checkpoint ${lastCheckpoint}`,
    ...(until === undefined && checkpoint === undefined
      ? [
          `  what was recorded after ${to} is not in it: with --until <time> an export that ends too early fails`,
        ]
      : []),
  ];
}
