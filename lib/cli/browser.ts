// Tries to open an address in the person's browser. Fails silently: the address was printed before.

import { spawn } from "node:child_process";

export function openBrowser(address: string, environment: NodeJS.ProcessEnv): void {
  const opener = openerOf(process.platform, environment);
  if (opener === undefined || !/^https?:\/\//.test(address)) return; // the provider chose the address
  const [program, ...args] = opener;
  spawn(program, [...args, address], { stdio: "ignore", detached: true })
    .on("error", () => {})
    .unref();
}

function openerOf(
  platform: NodeJS.Platform,
  environment: NodeJS.ProcessEnv,
): readonly [string, ...string[]] | undefined {
  if (platform === "darwin") return ["open"];
  if (platform === "win32") return ["rundll32", "url.dll,FileProtocolHandler"];
  const hasScreen = environment.DISPLAY !== undefined || environment.WAYLAND_DISPLAY !== undefined;
  return hasScreen ? ["xdg-open"] : undefined;
}
