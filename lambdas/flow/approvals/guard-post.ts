// Decides whether a POST was sent by a person through one of our own forms. All of it must hold: a form of bounded size,
// sent from our own origin, by a signed-in browser, with the token that only a page of this very session carries. What
// the form asks for is the caller's business.

import { answerPage } from "../../approval/pages/answer.ts";
import { messagePage, signInPage } from "../../approval/pages/messages.ts";
import { parseForm } from "../../identity/form.ts";
import type { GatewayResponse } from "../../model/gateway-response.ts";
import { singleHeader, type WireRequest } from "../../model/wire-request.ts";
import type { PageRequest, SignedIn } from "./dependencies.ts";
import { holdsToken, signedIn } from "./signed-in.ts";

const MOST_BYTES = 16 * 1024; // a comment of 500 characters is 6 KB at most when every byte is escaped
const FORM = /^application\/x-www-form-urlencoded(?:;\s*charset=utf-8)?$/i;

export type GuardedPost =
  | { readonly kind: "form"; readonly form: ReadonlyMap<string, string>; readonly by: SignedIn }
  | { readonly kind: "answer"; readonly answer: GatewayResponse };

/** `back`: the page that the form stood on. */
export async function guardPost(page: PageRequest, back: string): Promise<GuardedPost> {
  const { request, publicUrl } = page;
  // INVARIANT: before anything is read of the store. A missing Origin is refused too: every browser sends it with a POST.
  if (singleHeader(request.headers, "origin") !== new URL(publicUrl).origin) {
    return refused(
      403,
      "This form was not sent from a page of this gateway. Open the page again and press there.",
      back,
    );
  }
  const form = formOf(request);
  if (form === undefined) return refused(400, "The form could not be read. Open the page again.", back);
  const by = await signedIn(page);
  if (by === undefined) return { kind: "answer", answer: answerPage(401, signInPage(back)) };
  if (!holdsToken(by, form.get("csrf"))) {
    return refused(403, "This form is from an earlier sign-in. Open the page again and press there.", back);
  }
  return { kind: "form", form, by };
}

function formOf({ headers, body }: WireRequest): ReadonlyMap<string, string> | undefined {
  if (!FORM.test(singleHeader(headers, "content-type") ?? "") || body.length > MOST_BYTES) return undefined;
  return parseForm(body);
}

function refused(status: number, sentence: string, retry: string): GuardedPost {
  const page = messagePage("Nothing was changed", sentence, { viewer: null, retry });
  return { kind: "answer", answer: answerPage(status, page) };
}
