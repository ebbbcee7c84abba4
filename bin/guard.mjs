// Stops with a sentence when this is not Node 24 or newer. Plain JavaScript, so that an old Node can still read it.
const major = Number(process.versions.node.split(".")[0]);
if (major < 24) {
  console.error(
    `countersign needs Node 24 or newer and found ${process.version}. On Linux \`npm ci\` brings Node 24 for npm scripts; elsewhere install it from nodejs.org.`,
  );
  process.exit(1);
}
