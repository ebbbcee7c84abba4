// Why a vote does not count, as a person reads it.

import type { VoteReason } from "../transitions.ts";

export const VOTE_WORDS: Readonly<Record<VoteReason, string>> = {
  not_pending: "It was decided already.",
  expired: "The time to decide is over.",
  is_agent: "You are signed in as the very agent that asks, so a person has to decide.",
  is_owner: "You answer for this agent, so somebody else has to decide.",
  not_approver: "No group of yours is asked about this.",
  already_voted: "You have voted. This page follows by itself what happens next.",
  voted_otherwise: "You have voted otherwise before, and the first vote stands.",
  comment_missing: "A rejection needs a reason: it is told to the agent.",
  comment_too_long: "The comment is too long.",
  grant_out_of_bounds: "So many further calls cannot be allowed.",
};
