import { describe, expect, it } from "vitest";
import { MARKER } from "../../lambdas/masking/marker.ts";
import { maskAnswer } from "../../lambdas/masking/mask-answer.ts";
import type { AnswerLeaf } from "../../lambdas/model/answer.ts";
import { edited, leaf } from "./leaves.ts";

const SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const DIGEST = "da39a3ee5e6b4b0d3255bfef95601890afd80709";
const CALL = { service: "any", operation: "Get", parameters: {} };

function texts(leaves: readonly AnswerLeaf[]): readonly (string | undefined)[] {
  return edited(leaves, maskAnswer({ leaves, call: CALL, obligations: undefined }).edits);
}

describe("a secret key that stands alone", () => {
  it.each([
    ["Credentials.SecretAccessKey", MARKER],
    ["Variables.{AWS_SECRET_ACCESS_KEY}", MARKER],
    ["Item.{secret_key}.S", MARKER],
    ["NextToken", SECRET],
    ["Variables.{COMMIT}", SECRET],
  ])("at %s becomes %s", (at, text) => expect(texts([leaf(at, SECRET)])).toEqual([text]));

  it.each([
    ["Name", "Value", "AWS_SECRET_ACCESS_KEY"],
    ["name", "value", "PASSWORD"],
    ["Key", "Value", "deploy-token"],
    ["OptionName", "OptionValue", "AWS_SECRET_KEY"],
  ])("is known by the %s beside its %s", (name, value, says) => {
    const leaves = [
      leaf(`List[0].${name}`, says),
      leaf("List[0].Type", "PLAINTEXT"),
      leaf(`List[0].${value}`, SECRET),
      leaf(`List[1].${value}`, SECRET),
      leaf("List[1].More.Deeper", "x"),
      leaf(`List[1].${name}`, says),
    ];
    expect(texts(leaves)).toEqual([says, "PLAINTEXT", MARKER, MARKER, "x", says]);
  });

  it.each([
    ["of another item", [leaf("List[0].Name", "SECRET"), leaf("List[1].Value", SECRET)]],
    ["that says nothing of the kind", [leaf("List[0].Name", "COMMIT"), leaf("List[0].Value", SECRET)]],
    ["of a digest", [leaf("List[0].Name", "SECRET"), leaf("List[0].Value", DIGEST)]],
    ["of no value", [leaf("List[0].Name", "SECRET"), leaf("List[0].Arn", SECRET)]],
  ])("is not taken for one by a name %s", (_, leaves) => {
    expect(texts(leaves)).toEqual(leaves.map(({ text }) => text));
  });
});
