// Of several readings of one request, keeps those that AWS could mean: what lacks a required member would be refused
// there, and a tag's ARN says which of several sibling services owns the resource. The call goes to the host of the
// service that remains, so a wrong guess meets a service that does not know the resource, never another operation.

import { isArn } from "./identifiers.ts";
import { Malformed } from "./malformed.ts";
import type { Reading } from "./reading.ts";

/** More than this could not be shown to a person as "one of these". */
const MAX_CANDIDATES = 4;

export function narrow(readings: readonly Reading[]): readonly Reading[] {
  if (readings.length < 2) return readings;
  const whole = readings.filter(hasRequired);
  const left = byOwner(whole.length > 0 ? whole : readings);
  if (left.length > MAX_CANDIDATES) {
    throw new Malformed(
      `${left.length} services have such an operation; name the resource by the ARN that AWS gave it`,
    );
  }
  return left;
}

function hasRequired({ operation, parameters }: Reading): boolean {
  const members = operation.input?.members ?? [];
  return members.every(({ name, required }) => !required || Object.hasOwn(parameters, name));
}

/** What stands in an ARN after the account, by the service that owns it. Its siblings without a word own the rest. */
const OWNERS: Readonly<Record<string, RegExp>> = {
  "bedrock-agent-runtime": /^session\//,
  "bedrock-data-automation": /^(?:data-automation|blueprint)/,
  "chime-sdk-identity": /^app-instance\/[^/]+(?:\/(?:user|bot)\/[^/]+)?$/,
  "chime-sdk-media-pipelines": /^media-/,
  "chime-sdk-meetings": /^meeting\//,
  "chime-sdk-messaging": /^app-instance\/[^/]+\/channel(?:-flow)?\//,
  "chime-sdk-voice": /^(?:vc|sma|voice-profile|voice-profile-domain)\//,
  "ivs-realtime":
    /^(?:stage|composition|encoder-configuration|ingest-configuration|public-key|storage-configuration)\//,
  "lex-models": /^(?:bot|bot-channel|intent|slottype):/,
  "lexv2-models": /^bot(?:-alias)?\//,
  "timestream-query": /^scheduled-query\//,
};

function byOwner(readings: readonly Reading[]): readonly Reading[] {
  const below = readings.map(belowAccount);
  const owner = ({ operation }: Reading): RegExp | undefined => OWNERS[operation.service.file.service];
  const owned = readings.filter((reading, index) => owner(reading)?.test(below[index] ?? ""));
  if (owned.length > 0) return owned;
  const others = readings.filter((reading) => owner(reading) === undefined);
  return others.length > 0 && below.every((text) => text !== undefined) ? others : readings;
}

/** `stage/abc` of `arn:aws:ivs:eu-west-1:111122223333:stage/abc`, where the call names one resource by its ARN. */
function belowAccount({ parameters }: Reading): string | undefined {
  const arn = parameters.resourceArn ?? parameters.resourceARN ?? parameters.ResourceARN;
  return typeof arn === "string" && isArn(arn) ? arn.split(":").slice(5).join(":") : undefined;
}
