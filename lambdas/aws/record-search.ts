// Reads the indexes of table `sessions` that searches use (Query, eventually consistent): one partition of one index, from a
// place on, and of its entries those that say what is asked for. Decides nothing: what is asked of which index is
// recording/search-plan.ts's, and every hit is looked at again as a whole record.

import { type AttributeValue, type DynamoDBClient, QueryCommand } from "@aws-sdk/client-dynamodb";
import { systemClock, systemPause } from "../net/clock.ts";
import { createRecordSearch as createSearch } from "../recording/search.ts";
import { indexNameOf, WHEN } from "../recording/search-attributes.ts";
import type { Source, Term } from "../recording/search-plan.ts";
import type { IndexAsk, RecordSearch, SearchIndex } from "../recording/search-ports.ts";
import { createRecordTexts } from "./record-texts.ts";
import { textOf } from "./stored-text.ts";

export interface RecordSearchSetup {
  readonly client: DynamoDBClient;
  readonly table: string;
}

export function createRecordSearch(setup: RecordSearchSetup): RecordSearch {
  return createSearch({
    index: createSearchIndex(setup),
    texts: createRecordTexts({ ...setup, pause: systemPause }),
    nowMs: systemClock.nowMs,
  });
}

export function createSearchIndex({ client, table }: RecordSearchSetup): SearchIndex {
  return {
    async read({ source, low, high, order, limit }: IndexAsk) {
      const expression = new Expression();
      const key = `${expression.name(source.attribute)} = ${expression.text(source.value)}`;
      const range = `${expression.name(WHEN)} BETWEEN ${expression.text(low)} AND ${expression.text(high)}`;
      const filter = filterOf(source, expression);
      const answer = await client.send(
        new QueryCommand({
          TableName: table,
          IndexName: indexNameOf(source.attribute),
          KeyConditionExpression: `${key} AND ${range}`,
          ...(filter !== "" && { FilterExpression: filter }),
          ExpressionAttributeNames: expression.names,
          ExpressionAttributeValues: expression.values,
          ScanIndexForward: order === "oldest",
          Limit: limit,
        }),
      );
      const hits = (answer.Items ?? []).map((item) => ({
        pk: textOf(item, "pk"),
        sk: textOf(item, "sk"),
        when: textOf(item, WHEN),
      }));
      const { LastEvaluatedKey: last } = answer;
      return {
        hits,
        until: last === undefined ? null : textOf(last, WHEN),
        examined: answer.ScannedCount ?? hits.length,
      };
    },
  };
}

function filterOf({ where }: Source, expression: Expression): string {
  return where
    .map((terms) => `(${terms.map((term) => termText(term, expression)).join(" OR ")})`)
    .join(" AND ");
}

function termText(term: Term, expression: Expression): string {
  const name = expression.name(term.attribute);
  if ("absent" in term) return `attribute_not_exists(${name})`;
  if ("contains" in term) return `contains(${name}, ${expression.text(term.contains)})`;
  return `${name} = ${expression.value(typeof term.is === "string" ? { S: term.is } : { N: String(term.is) })}`;
}

/** Names and values stand in the request beside the expression: nothing that somebody sent becomes part of its text. */
class Expression {
  readonly names: Record<string, string> = {};
  readonly values: Record<string, AttributeValue> = {};

  name(attribute: string): string {
    this.names[`#${attribute}`] = attribute;
    return `#${attribute}`;
  }

  text(S: string): string {
    return this.value({ S });
  }

  value(value: AttributeValue): string {
    const name = `:v${Object.keys(this.values).length}`;
    this.values[name] = value;
    return name;
  }
}
