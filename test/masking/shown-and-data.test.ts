import { describe, expect, it } from "vitest";
import { MARKER } from "../../lambdas/masking/marker.ts";
import type { MaskQuestion } from "../../lambdas/masking/mask-answer.ts";
import { CANARY, leaf, mask, obligations } from "./leaves.ts";

describe("@unmask", () => {
  it("shows the member that it names exactly, and nothing beside or below it", () => {
    const leaves = ["SecretString", "SecretBinary", "SecretString.deeper"].map((at) =>
      leaf(at, CANARY, { sensitive: true }),
    );
    const result = mask(leaves, { obligations: obligations({}, ["SecretString"]) });
    expect(result.texts).toEqual([CANARY, MARKER, MARKER]);
    expect(result.masks.unmasked).toEqual(["SecretString"]);
  });

  it.each(["*", "Secret*", "Credentials", "**.SecretString"])("shows nothing by %s", (path) => {
    const leaves = ["SecretString", "Credentials.Token"].map((at) => leaf(at, CANARY, { sensitive: true }));
    expect(mask(leaves, { obligations: obligations({}, [path]) }).texts).toEqual([MARKER, MARKER]);
  });

  it("still hides what a mask names inside it", () => {
    const text = `{"user":"u","password":"${CANARY}"}`;
    const by = { obligations: obligations({ "SecretString.password": "fixed" }, ["SecretString"]) };
    const result = mask([leaf("SecretString", text, { sensitive: true })], by);
    expect(result.texts).toEqual([`{"user":"u","password":"${MARKER}"}`]);
  });

  it("shows one member of JSON and hides the rest", () => {
    const text = `{"user":"u","password":"${CANARY}","port":5432}`;
    const result = mask([leaf("SecretString", text, { sensitive: true })], {
      obligations: obligations({}, ["SecretString.user"]),
    });
    expect(result.texts).toEqual([`{"user":"u","password":"${MARKER}","port":0}`]);
  });

  it("shows one member of JSON of which masks hide the rest", () => {
    const text = `{"user":"u","password":"${CANARY}"}`;
    const by = { obligations: obligations({ "SecretString.*": "fixed" }, ["SecretString.user"]) };
    expect(mask([leaf("SecretString", text)], by).texts).toEqual([`{"user":"u","password":"${MARKER}"}`]);
  });
});

describe("masks of data", () => {
  const dynamodb = (operation: string, parameters: MaskQuestion["call"]["parameters"] = {}) => ({
    call: { service: "dynamodb", operation, parameters },
    obligations: obligations({ "dynamodb:Table/Orders.card": "fixed" }),
  });
  const ORDERS = { TableName: "Orders" };

  it.each([
    ["GetItem", ORDERS, "Item.{card}.S"],
    ["GetItem", { TableName: "arn:aws:dynamodb:eu-west-1:111122223333:table/Orders" }, "Item.{card}.S"],
    ["Query", { ...ORDERS, IndexName: "by-day" }, "Items[0].{card}.M.{number}.S"],
    ["Scan", ORDERS, "LastEvaluatedKey.{card}.S"],
    ["UpdateItem", ORDERS, "Attributes.{card}.SS[0]"],
    ["PutItem", ORDERS, "Item.{card}.S"],
    ["BatchGetItem", {}, "Responses.{Orders}[0].{card}.S"],
    [
      "TransactGetItems",
      { TransactItems: [{ Get: { TableName: "Other" } }, { Get: ORDERS }] },
      "Responses[1].Item.{card}.S",
    ],
    ["ExecuteStatement", { Statement: "anything" }, "Items[0].{card}.S"],
    ["ExecuteStatement", { Statement: "anything" }, "Items[0].{customer.card[0]}.S"],
    ["BatchExecuteStatement", {}, "Responses[0].Item.{deep}.M.{card}.S"],
    ["GetItem", {}, "Item.{card}.S"],
  ])("hides the attribute in %s of %j at %s", (operation, parameters, at) => {
    expect(mask([leaf(at, CANARY)], dynamodb(operation, parameters)).texts).toEqual([MARKER]);
  });

  it.each([
    ["GetItem", { TableName: "Others" }, "Item.{card}.S"],
    ["GetItem", ORDERS, "Item.{cards}.S"],
    ["GetItem", ORDERS, "Item.{deep}.M.{card}.S"],
    ["BatchGetItem", {}, "Responses.{Other}[0].{card}.S"],
    ["TransactGetItems", { TransactItems: [{ Get: { TableName: "Other" } }] }, "Responses[0].Item.{card}.S"],
  ])("leaves alone in %s of %j what stands at %s", (operation, parameters, at) => {
    expect(mask([leaf(at, CANARY)], dynamodb(operation, parameters)).texts).toEqual([CANARY]);
  });

  it("keeps numbers that DynamoDB writes as strings numbers", () => {
    expect(mask([leaf("Item.{card}.N", "4111")], dynamodb("GetItem", ORDERS)).texts).toEqual(["0"]);
  });

  it("reads a table's name with dots in both ways", () => {
    const by = {
      ...dynamodb("GetItem", { TableName: "my.orders" }),
      obligations: obligations({ "dynamodb:Table/my.orders.card": "fixed" }),
    };
    expect(mask([leaf("Item.{card}.S", CANARY)], by).texts).toEqual([MARKER]);
  });
});
