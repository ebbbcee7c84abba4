// What is asked: the held call, from the typed call and never from the request's own text.

import type { Approval, HeldCall } from "../../model/approval.ts";
import type { AccessLevel } from "../../model/aws-call.ts";
import { type Html, html } from "./html.ts";
import { isMarked, visible } from "./visible.ts";

const RISKS: Readonly<Record<AccessLevel, readonly [look: string, words: string]>> = {
  list: ["", "Lists names"],
  read: ["", "Reads data"],
  tagging: ["warn", "Changes tags"],
  write: ["danger", "Changes or deletes"],
  permissions: ["danger", "Changes permissions"],
};

/** How dangerous it is, at a glance: the kind of access and the sets of resources that it touches. */
export function riskChips({ call, kind }: Approval): Html {
  const [look, words] = RISKS[call.accessLevel];
  return html`<ul class="chips">${kind === "session" ? html`<li class="danger">Use of a role for a whole session</li>` : html`<li class="${look}">${words}</li>`}
${call.resourceSets.map((name) => html`<li class="danger">In the set “${visible(name)}”</li>`)}
<li>Account ${visible(call.account)}</li><li>${visible(call.region)}</li></ul>`;
}

export function callSection({ call, role, kind }: Approval): Html {
  return html`<section><h2>What exactly</h2><dl>
<dt>Operation</dt><dd class="mono">${visible(`${call.service}:${call.operation}`)}</dd>
<dt>Account</dt><dd class="mono">${visible(call.account)}</dd>
<dt>Region</dt><dd class="mono">${visible(call.region)}</dd>
<dt>Under the role</dt><dd class="mono">${visible(role)}</dd>
${call.actions.map(actionRows)}</dl>
${kind === "session" && html`<p class="hint">Approving opens the role to this session; each of its calls is still decided by the policies.</p>`}</section>`;
}

function actionRows({ action, resources }: HeldCall["actions"][number]): Html {
  return html`<dt class="mono">${visible(action)}</dt><dd>${
    resources.length === 1
      ? html`<span class="mono">${visible(resources[0] ?? "")}</span>`
      : html`${resources.length} resources<ul class="arns">${resources.map((arn) => html`<li class="mono">${visible(arn)}</li>`)}</ul>`
  }</dd>`;
}

export function parametersSection({ call }: Approval): Html {
  const { parameters, parametersOmitted } = call;
  const total = parameters.length + parametersOmitted;
  return html`<section><h2>Parameters <span class="soft small">(${total})</span></h2>
${
  parameters.length === 0 && parametersOmitted === 0
    ? html`<p class="soft">The call has none.</p>`
    : pairs(
        ["Name", "Value"],
        parameters.map(({ path, value }) => [path, value]),
      )
}
${parametersOmitted > 0 && html`<p class="cut">${parametersOmitted} of ${total} are not shown: they do not fit. What runs is the whole call; reject it if you need to see all.</p>`}
${(parameters.some(({ path, value }) => isMarked(path) || isMarked(value)) || namesMarked(call)) && legend()}</section>`;
}

export function previewSection({ call }: Approval): Html {
  return html`<section><h2>What AWS says about the target</h2>
${
  call.preview === null
    ? html`<p class="soft">Nothing could be read about the target.</p>`
    : html`<p class="soft small">Read with the agent's role when the call was held.</p>${pairs(
        ["", ""],
        call.preview.map(({ label, value }) => [label, value]),
      )}`
}</section>`;
}

function namesMarked({ actions }: HeldCall): boolean {
  return actions.some(({ resources }) => resources.some(isMarked));
}

function legend(): Html {
  return html`<p class="hint"><mark>Marked</mark> characters are not plain ASCII and may look like others. <span class="code">U+…</span> stands for one that has no look of its own.</p>`;
}

function pairs(head: readonly [string, string], rows: readonly (readonly [string, string])[]): Html {
  return html`<table class="pairs">${head[0] !== "" && html`<thead><tr><th scope="col">${head[0]}</th><th scope="col">${head[1]}</th></tr></thead>`}
<tbody>${rows.map(([name, value]) => html`<tr><th scope="row" class="mono">${visible(name)}</th><td class="mono">${visible(value)}</td></tr>`)}</tbody></table>`;
}
