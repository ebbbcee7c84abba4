// The pages that say one thing: sign in, not found, refused, unreachable. None of them tells whether an approval exists.

import { type Html, html } from "./html.ts";
import { layout, type Viewer } from "./layout.ts";

/** `back` is a path that return-path.ts accepted. */
export function signInPage(back: string): Html {
  return layout(
    { title: "Sign in", viewer: null },
    html`<h1>Sign in to decide</h1>
<p class="lead">Countersign shows what agents ask for to the people who may approve it. Opening this page has changed nothing.</p>
<section><p>You sign in at your organisation's identity provider and come back here.</p>
<a class="button" href="/login?return=${encodeURIComponent(back)}">Sign in</a></section>`,
  );
}

/**
 * The step between the provider and the page: a browser sends the session's strict cookie only where one of our own
 * pages leads, and this is one.
 */
export function hopPage(to: string): Html {
  return layout(
    { title: "One moment", viewer: null, refresh: { seconds: 0, to } },
    html`<h1>One moment</h1><p><a class="button" href="${to}">Go on</a></p>`,
  );
}

/** The same for what does not exist and for what this person may not see. */
export function notFoundPage(viewer: Viewer | null): Html {
  return layout(
    { title: "Not found", viewer },
    html`<h1>Nothing here for you</h1>
<p>There is no such page, or no approval with this address that a group of yours is asked about.</p>
<p class="soft">If you expected one, ask whoever runs the gateway whether you are in the right approver group, then sign out and in again: groups are read when you sign in.</p>
<p><a href="/approvals">All open approvals</a></p>`,
  );
}

/** A refusal or a fault in a sentence, with what to do. `retry`: a path of ours. */
export function messagePage(
  title: string,
  sentence: string,
  { viewer, retry }: { readonly viewer: Viewer | null; readonly retry?: string },
): Html {
  return layout(
    { title, viewer },
    html`<h1>${title}</h1><div class="notice warn"><p>${sentence}</p></div>
${retry !== undefined && html`<p><a class="button" href="${retry}">Try again</a></p>`}
<p><a href="/approvals">All open approvals</a></p>`,
  );
}
