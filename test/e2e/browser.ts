// A real browser for tests of the approval pages, and people who use it as they would: they follow a link, sign in at the
// identity provider and press buttons. Nothing here knows how the pages work beyond what a person sees on them.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll } from "vitest";

const BUNDLED_PLATFORM = "linux-x64";
// Most of these let pages of different sites read each other: a test of cookies and forms must not run under them. In a
// single process the browser goes with the first window that is closed.
const UNFIT =
  /web-security|site-isolation|insecure-content|^--disable-features=.*IsolateOrigins|single-process/;

/** One browser for all tests of the file. */
export function useBrowser(): () => Browser {
  let browser: Browser | undefined;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());
  return () => {
    if (browser === undefined) throw new Error("the browser has not started");
    return browser;
  };
}

/** @throws where there is no browser: these tests are never left out in silence */
async function launchBrowser(): Promise<Browser> {
  const installed = process.env.CHROME_PATH;
  if (installed !== undefined) return chromium.launch({ executablePath: installed });
  const platform = `${process.platform}-${process.arch}`;
  if (platform !== BUNDLED_PLATFORM) {
    throw new Error(
      `the browser that comes with the tests runs on ${BUNDLED_PLATFORM}, not on ${platform}: install Chrome or Chromium and set CHROME_PATH to its program`,
    );
  }
  return launchBundled();
}

/**
 * The package brings the system's libraries too, and unpacks them only where it believes to be in Lambda. It takes what it
 * finds unpacked as whole: each process unpacks into a folder of its own, so that none starts what another still writes.
 */
async function launchBundled(): Promise<Browser> {
  const folder = mkdtempSync(join(tmpdir(), "countersign-browser-"));
  const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  const before = { ...process.env };
  Object.assign(process.env, { AWS_EXECUTION_ENV: "AWS_Lambda_nodejs24.x", TMPDIR: folder });
  try {
    const { default: bundled } = await import("@sparticuz/chromium");
    const executablePath = await bundled.executablePath();
    pointAtFonts(join(folder, "fonts"));
    const args = bundled.args.filter((arg) => !UNFIT.test(arg));
    const browser = await chromium.launch({ executablePath, args, env: { ...process.env } });
    browser.on("disconnected", remove);
    return browser;
  } catch (error) {
    remove();
    throw error;
  } finally {
    for (const name of ["AWS_EXECUTION_ENV", "TMPDIR", "LD_LIBRARY_PATH", "FONTCONFIG_PATH"]) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
  }
}

/** Its list of fonts names `/tmp/fonts`, whatever folder it unpacks into; without any font a form ends the browser. */
function pointAtFonts(folder: string): void {
  const list = join(folder, "fonts.conf");
  const text = readFileSync(list, "utf8");
  const own = text.replace("<dir>/tmp/fonts</dir>", `<dir>${folder}</dir>`);
  if (own === text) throw new Error("the browser's list of fonts is not the one that these tests know");
  writeFileSync(
    list,
    own.replace("<cachedir>/tmp/fonts-cache/</cachedir>", `<cachedir>${folder}-cache</cachedir>`),
  );
}

/** Somebody in front of a browser window of their own. */
export interface Visitor {
  readonly page: Page;
  /** Follows the link, and signs in where the page asks for it. */
  open(link: string): Promise<void>;
  /** Follows the link, approves, and sees that it was recorded. */
  approve(link: string, more?: { readonly comment?: string; readonly grant?: Grant }): Promise<void>;
  reject(link: string, comment: string): Promise<void>;
  leave(): Promise<void>;
}

interface Grant {
  readonly calls: number;
  readonly minutes: 5 | 15 | 30 | 60;
}

/** @param name as the identity provider's page shows it */
export async function visit(
  browser: Browser,
  name: string,
  options: BrowserContextOptions = {},
): Promise<Visitor> {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, ...options });
  context.setDefaultTimeout(15_000);
  const page = await context.newPage();
  const open = async (link: string): Promise<void> => {
    await page.goto(link);
    const signIn = page.getByRole("link", { name: "Sign in", exact: true });
    if ((await signIn.count()) === 0) return;
    await signIn.click();
    await page.getByRole("button", { name }).click();
    await page.waitForURL(link);
  };
  const recorded = () => page.getByText("Your vote is recorded").waitFor();
  return {
    page,
    open,
    async approve(link, { comment, grant } = {}) {
      await open(link);
      if (comment !== undefined) await page.getByLabel("Comment").fill(comment);
      if (grant !== undefined) await fillGrant(page, grant);
      await page.getByRole("button", { name: /^Approve this/ }).click();
      await recorded();
    },
    async reject(link, comment) {
      await open(link);
      await page.getByLabel("Reason").fill(comment);
      await page.getByRole("button", { name: "Reject" }).click();
      await recorded();
    },
    leave: () => context.close(),
  };
}

async function fillGrant(page: Page, { calls, minutes }: Grant): Promise<void> {
  await page.getByText("Also allow further calls").click();
  await page.getByLabel("Further calls").selectOption(String(calls));
  await page.getByLabel("Within").selectOption(String(minutes));
}

/** A folder for screenshots: `COUNTERSIGN_SCREENSHOTS` keeps them, else they go with the test. */
export function screenshotFolder(): { readonly folder: string; remove(): void } {
  const kept = process.env.COUNTERSIGN_SCREENSHOTS;
  if (kept !== undefined) return { folder: kept, remove: () => {} };
  const folder = mkdtempSync(join(tmpdir(), "countersign-screens-"));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
