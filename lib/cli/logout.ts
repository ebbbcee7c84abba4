// `countersign logout`: forgets who signed in here. The provider's own session is left alone.

import { forgetSignIn } from "./api-place.ts";
import { noWords, parseWords } from "./arguments.ts";
import type { Command } from "./command.ts";
import { EXIT } from "./exit.ts";

export const logout: Command = {
  help: `countersign logout

  Forgets your sign-in on this machine. Until its token's end somebody who copied the file could still use it.
`,
  run: async (args, { terminal, environment }) => {
    noWords(parseWords(args, {}).positionals);
    terminal.print(forgetSignIn(environment) ? "signed out" : "nobody was signed in");
    return EXIT.ok;
  },
};
