// The two tables: `sessions` holds the records (append-only), `state` everything mutable. Decides who may do what to
// them by its grants. One customer key encrypts both; a lost key loses the records, so key and tables are retained.
// Left to others: that a record is written with `attribute_not_exists` is recording/'s, IAM has no key for it.

import { RemovalPolicy, Stack } from "aws-cdk-lib";
import * as dynamodb from "aws-cdk-lib/aws-dynamodb";
import * as iam from "aws-cdk-lib/aws-iam";
import * as kms from "aws-cdk-lib/aws-kms";
import type * as lambda from "aws-cdk-lib/aws-lambda";
import { Construct } from "constructs";
import { indexNameOf, SEARCH_INDEXES, WHEN } from "../lambdas/recording/search-attributes.ts";
import type { StateAccess } from "./state-access.ts";

const TTL_ATTRIBUTE = "ttl";

/**
 * What is open, oldest first: approvals carry its two attributes until they end (`OPEN`), revocations until they are lifted
 * (`REVOKED`), legal holds (with the time of their next look in `openedAt`) until they are released, nothing else does. Keys
 * only.
 */
const INBOX_INDEX = "inbox";

/** The records by the minute of their writing, with the hashes that checkpoints are made of. */
const MINUTE_INDEX = "by-minute";

export class RecordsStore extends Construct {
  readonly #key: kms.Key;
  readonly #sessions: dynamodb.Table;
  readonly #state: dynamodb.Table;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.#key = new kms.Key(this, "Key", {
      description: "Countersign: encrypts the tables of sessions and state",
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.#sessions = this.#table("Sessions", {
      partitionKey: { name: "pk", type: dynamodb.AttributeType.STRING },
      sortKey: { name: "sk", type: dynamodb.AttributeType.STRING },
    });
    this.#sessions.addGlobalSecondaryIndex({
      indexName: MINUTE_INDEX,
      partitionKey: { name: "minute", type: dynamodb.AttributeType.STRING },
      sortKey: { name: "at", type: dynamodb.AttributeType.STRING },
      projectionType: dynamodb.ProjectionType.INCLUDE,
      nonKeyAttributes: ["leaf"],
    });
    for (const { attribute, facets } of SEARCH_INDEXES) {
      this.#sessions.addGlobalSecondaryIndex({
        indexName: indexNameOf(attribute),
        partitionKey: { name: attribute, type: dynamodb.AttributeType.STRING },
        sortKey: { name: WHEN, type: dynamodb.AttributeType.STRING },
        ...(facets.length === 0
          ? { projectionType: dynamodb.ProjectionType.KEYS_ONLY }
          : { projectionType: dynamodb.ProjectionType.INCLUDE, nonKeyAttributes: [...facets] }),
      });
    }
    this.#state = this.#table("State", {
      partitionKey: { name: "pk", type: dynamodb.AttributeType.STRING },
    });
    this.#state.addGlobalSecondaryIndex({
      indexName: INBOX_INDEX,
      partitionKey: { name: "inbox", type: dynamodb.AttributeType.STRING },
      sortKey: { name: "openedAt", type: dynamodb.AttributeType.NUMBER },
      projectionType: dynamodb.ProjectionType.KEYS_ONLY,
    });
  }

  /** Lets the function append records and read a session's back. No update, no delete: what is recorded stays. */
  grantAppend(consumer: lambda.Function): void {
    consumer.addEnvironment("SESSIONS_TABLE", this.#sessions.tableName);
    this.#grant(consumer, this.#sessions, ["dynamodb:PutItem", "dynamodb:Query"]);
  }

  /** Lets the function read records back, and nothing else. */
  grantRead(consumer: lambda.Function): void {
    consumer.addEnvironment("SESSIONS_TABLE", this.#sessions.tableName);
    this.#grant(consumer, this.#sessions, ["dynamodb:Query"]);
  }

  /** Lets the function search records and read them back, and nothing else. */
  grantSearch(consumer: lambda.Function): void {
    consumer.addEnvironment("SESSIONS_TABLE", this.#sessions.tableName);
    this.#grant(consumer, this.#sessions, ["dynamodb:BatchGetItem", "dynamodb:Query"]);
    consumer.addToRolePolicy(
      new iam.PolicyStatement({
        actions: ["dynamodb:Query"],
        resources: SEARCH_INDEXES.map(
          ({ attribute }) => `${this.#sessions.tableArn}/index/${indexNameOf(attribute)}`,
        ),
      }),
    );
  }

  /**
   * Lets the function append what people do: their looks (`READ#`) and orders (`ORDER#`, or `SESSION#` for one about a
   * session). IAM knows the partition key alone, so what else it could put into a session's partition is for the code not
   * to do; refusals without a session are out of its reach, and whatever it overwrote, a checkpoint would tell.
   */
  grantAppendPeople(consumer: lambda.Function): void {
    consumer.addEnvironment("SESSIONS_TABLE", this.#sessions.tableName);
    this.#grantItems(consumer, this.#sessions, ["dynamodb:PutItem"], ["READ#*", "ORDER#*", "SESSION#*"]);
    this.#grantKey(consumer);
  }

  /** Lets the function find the records of a minute, by their keys and hashes: it sees none of them. */
  grantMinutes(consumer: lambda.Function): void {
    consumer.addEnvironment("SESSIONS_TABLE", this.#sessions.tableName);
    consumer.addToRolePolicy(
      new iam.PolicyStatement({
        actions: ["dynamodb:Query"],
        resources: [`${this.#sessions.tableArn}/index/${MINUTE_INDEX}`],
      }),
    );
    this.#grantKey(consumer);
  }

  /** Lets the function touch the items that `access` names, by the beginning of their key, and no others. */
  grantState(consumer: lambda.Function, { reads, writes, deletes = [], lists }: StateAccess): void {
    consumer.addEnvironment("STATE_TABLE", this.#state.tableName);
    const table = this.#state;
    this.#grantItems(consumer, table, ["dynamodb:BatchGetItem", "dynamodb:GetItem"], reads);
    this.#grantItems(consumer, table, ["dynamodb:PutItem", "dynamodb:UpdateItem"], writes);
    this.#grantItems(consumer, table, ["dynamodb:DeleteItem"], deletes);
    if (lists === true) {
      consumer.addToRolePolicy(
        new iam.PolicyStatement({
          actions: ["dynamodb:Query"],
          resources: [`${this.#state.tableArn}/index/${INBOX_INDEX}`],
        }),
      );
    }
    this.#grantKey(consumer);
  }

  #grantItems(
    consumer: lambda.Function,
    table: dynamodb.Table,
    actions: string[],
    keys: readonly string[],
  ): void {
    if (keys.length === 0) return;
    consumer.addToRolePolicy(
      new iam.PolicyStatement({
        actions,
        resources: [table.tableArn],
        conditions: {
          "ForAllValues:StringLike": { "dynamodb:LeadingKeys": [...keys] },
          // Without a key in the request, ForAllValues alone would hold.
          Null: { "dynamodb:LeadingKeys": "false" },
        },
      }),
    );
  }

  #grant(consumer: lambda.Function, table: dynamodb.Table, actions: string[]): void {
    consumer.addToRolePolicy(new iam.PolicyStatement({ actions, resources: [table.tableArn] }));
    this.#grantKey(consumer);
  }

  /** DynamoDB uses the key in the caller's name; nobody else may bring the function to use it. */
  #grantKey(consumer: lambda.Function): void {
    const service = `dynamodb.${Stack.of(this).region}.amazonaws.com`;
    consumer.addToRolePolicy(
      new iam.PolicyStatement({
        actions: ["kms:Decrypt", "kms:GenerateDataKey"],
        resources: [this.#key.keyArn],
        conditions: { StringEquals: { "kms:ViaService": service } },
      }),
    );
  }

  #table(id: string, keys: Pick<dynamodb.TableProps, "partitionKey" | "sortKey">): dynamodb.Table {
    return new dynamodb.Table(this, id, {
      ...keys,
      billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
      encryption: dynamodb.TableEncryption.CUSTOMER_MANAGED,
      encryptionKey: this.#key,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      timeToLiveAttribute: TTL_ATTRIBUTE,
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
  }
}
