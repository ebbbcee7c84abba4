// `npm run -s countersign -- <command>`, and the program of an installed package: checks that this Node.js can run it
// before anything else is loaded, and hands over to lib/cli/.

const NEEDED = 24;
const [major = "0"] = process.versions.node.split(".");
if (Number(major) < NEEDED) {
  console.error(`countersign: needs Node.js ${NEEDED} or newer, and this is ${process.version}`);
  process.exitCode = 1;
} else {
  const { runProgram } = await import("../lib/cli/program.ts");
  await runProgram(process.argv.slice(2));
}
