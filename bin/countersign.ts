// The app that the CDK CLI runs (`npx cdk synth`, `npx cdk deploy`). A configuration that cannot be used is told in full
// and ends here, without a stack trace.

import { createApp } from "../lib/app.ts";
import { ConfigError } from "../lib/config.ts";

try {
  createApp().synth();
} catch (error) {
  if (!(error instanceof ConfigError)) {
    throw error;
  }
  console.error(error.message);
  process.exitCode = 1;
}
