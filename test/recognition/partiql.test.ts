// PartiQL statements: the plain forms are decided, everything that could mean another table or verb is refused.

import { describe, expect, it } from "vitest";
import { displayArn } from "../../lambdas/model/aws-call.ts";
import { jsonRequest, recognised, refused } from "./requests.ts";

function statement(text: string) {
  return jsonRequest(
    "dynamodb",
    "DynamoDB_20120810.ExecuteStatement",
    JSON.stringify({ Statement: text }),
    "1.0",
  );
}

describe("decided statements", () => {
  it.each([
    [`SELECT * FROM Orders`, "dynamodb:PartiQLSelect", "table/Orders"],
    [`select a, b from "Orders" where id = 'x; drop' ;`, "dynamodb:PartiQLSelect", "table/Orders"],
    [`SELECT "x from Other" FROM "Orders" ORDER BY id`, "dynamodb:PartiQLSelect", "table/Orders"],
    [`SELECT * FROM "Orders"."by-date" WHERE d = 1`, "dynamodb:PartiQLSelect", "table/Orders/index/by-date"],
    [
      `INSERT INTO "Orders" VALUE {'id': 'it''s', 'q': 'select * from Other'}`,
      "dynamodb:PartiQLInsert",
      "table/Orders",
    ],
    [`UPDATE Orders SET a = 1 WHERE id = '1'`, "dynamodb:PartiQLUpdate", "table/Orders"],
    [`DELETE FROM "Orders" WHERE id = '1'`, "dynamodb:PartiQLDelete", "table/Orders"],
    [`EXISTS(SELECT * FROM "Orders" WHERE id = '1')`, "dynamodb:PartiQLSelect", "table/Orders"],
  ])("%s", (text, action, resource) => {
    const [only, ...more] = recognised(statement(text)).actions;
    expect(more).toEqual([]);
    expect(only.action).toBe(action);
    expect(only.resources.map(displayArn)).toEqual([`arn:aws:dynamodb:eu-west-1:111122223333:${resource}`]);
  });

  it("takes a table in another account by its ARN", () => {
    const arn = "arn:aws:dynamodb:eu-west-1:999988887777:table/Orders";
    const [only] = recognised(statement(`SELECT * FROM "${arn}" WHERE a = 1`)).actions;
    expect(only.resources.map(displayArn)).toEqual([arn]);
    expect(only.resources[0].account).toBe("999988887777");
  });
});

describe("undecided statements", () => {
  it.each([
    ``,
    `DROP TABLE Orders`,
    `SELECT * FROM Orders; DELETE FROM Other`,
    `SELECT * FROM Orders -- FROM Other`,
    `SELECT * FROM /* Orders */ Other`,
    `SELECT * FROM Orders, Other`,
    `SELECT * FROM Orders JOIN Other`,
    `SELECT (SELECT * FROM Other) FROM Orders`,
    `SELECT * FROM Orders WHERE id IN (SELECT id FROM Other)`,
    `SELECT * FROM "Or""ders"`,
    `SELECT * FROM 'Orders'`,
    `SELECT * FROM`,
    `UPDATE Orders`,
    `INSERT INTO Orders SELECT * FROM Other`,
    `EXISTS(SELECT * FROM Orders WHERE a = 1) OR 1 = 1`,
    `x SELECT * FROM Orders`,
    `SELECT * FROM Orders WHERE a = 'unfinished`,
  ])("%s", (text) => {
    expect(refused(statement(text)).message).toMatch(/PartiQL/);
  });

  it("refuses the whole batch for one undecided statement", () => {
    const body = JSON.stringify({
      Statements: [{ Statement: "SELECT * FROM Orders" }, { Statement: "DROP TABLE Orders" }],
    });
    const signed = jsonRequest("dynamodb", "DynamoDB_20120810.BatchExecuteStatement", body, "1.0");
    expect(refused(signed).message).toMatch(/PartiQL/);
  });
});
