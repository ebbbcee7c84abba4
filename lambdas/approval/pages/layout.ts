// The frame of every page: head, the line with who is signed in, and the way out.

import { type Content, type Html, html } from "./html.ts";
import { visible } from "./visible.ts";

/** Who looks at a page: the name to show and the token that their forms must carry. */
export interface Viewer {
  readonly name: string;
  readonly csrf: string;
}

export interface Frame {
  readonly title: string;
  readonly viewer: Viewer | null;
  /** Loads the page anew after so many seconds, where nobody types on it. `to`: another page of ours. */
  readonly refresh?: { readonly seconds: number; readonly to?: string };
}

export function layout({ title, viewer, refresh }: Frame, main: Content): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
${refresh !== undefined && html`<meta http-equiv="refresh" content="${refresh.seconds}${refresh.to !== undefined && `;url=${refresh.to}`}">`}
<title>${title} · Countersign</title>
<link rel="stylesheet" href="/approvals/style.css">
</head>
<body>
<header class="top"><div><a class="home" href="/approvals">Countersign</a>${viewer !== null && signedIn(viewer)}</div></header>
<main>${main}</main>
</body>
</html>
`;
}

function signedIn({ name, csrf }: Viewer): Html {
  return html`<span class="who">${visible(name)}</span>
<form method="post" action="/logout"><input type="hidden" name="csrf" value="${csrf}"><button class="quiet">Sign out</button></form>`;
}
