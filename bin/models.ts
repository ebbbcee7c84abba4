// `npm run models -- --botocore <dir>`: makes the model shards anew from an installed botocore. Find its directory by
// `python3 -c "import botocore; print(botocore.__path__[0])"`. Developers run it; a deployment only reads the result.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { writeShards } from "../lib/models/write-shards.ts";

const { values } = parseArgs({ options: { botocore: { type: "string" } } });
const root = values.botocore;
if (root === undefined || !existsSync(join(root, "data", "partitions.json"))) {
  console.error(
    "usage: npm run models -- --botocore <directory of the installed botocore, with `data` below it>",
  );
  process.exit(2);
}
const version =
  /__version__ = '([^']+)'/.exec(readFileSync(join(root, "__init__.py"), "utf8"))?.[1] ?? "unknown";
const target = join(import.meta.dirname, "..", "lambdas", "recognition", "models");
const written = writeShards(join(root, "data"), target);
console.log(
  `botocore ${version}, @aws-sdk/client-* ${written.sdk}, iam-data ${written.iamData}: ` +
    `${written.services} services, ${written.operations} operations, ${written.bytes} bytes ` +
    `and ${written.answerBytes} of answers ` +
    `(${written.fromSdk.operations} operations and ${written.fromSdk.members} members only in the SDK)`,
);
