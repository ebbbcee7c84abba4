// DynamoDB: several tables in one call, indexes, transactions by item. PartiQL's actions depend on the statement's text
// and are made at request time (lambdas/recognition/partiql.ts). To be checked against: the DynamoDB developer guide.

import type { ActionTable } from "../action-table.ts";

const readWithIndex = (action: string): string[] => [
  `dynamodb:${action} if !IndexName on table TableName`,
  `dynamodb:${action} if IndexName on index TableName IndexName`,
];

export const DYNAMODB: ActionTable = {
  BatchGetItem: ["dynamodb:BatchGetItem on table RequestItems{}"],
  BatchWriteItem: ["dynamodb:BatchWriteItem on table RequestItems{}"],
  BatchExecuteStatement: ["@partiql on Statements[].Statement"],
  ExecuteStatement: ["@partiql on Statement"],
  ExecuteTransaction: ["@partiql on TransactStatements[].Statement"],
  CreateGlobalTable: ["dynamodb:CreateGlobalTable on global-table GlobalTableName; table GlobalTableName"],
  DescribeContinuousBackups: ["dynamodb:DescribeContinuousBackups on table TableName"],
  DescribeLimits: ["dynamodb:DescribeLimits on *"],
  Query: readWithIndex("Query"),
  Scan: readWithIndex("Scan"),
  TransactGetItems: ["dynamodb:GetItem on table TransactItems[].Get.TableName"],
  TransactWriteItems: [
    "dynamodb:ConditionCheckItem if TransactItems[].ConditionCheck on table TransactItems[].ConditionCheck.TableName",
    "dynamodb:PutItem if TransactItems[].Put on table TransactItems[].Put.TableName",
    "dynamodb:UpdateItem if TransactItems[].Update on table TransactItems[].Update.TableName",
    "dynamodb:DeleteItem if TransactItems[].Delete on table TransactItems[].Delete.TableName",
  ],
  RestoreTableFromBackup: [
    "dynamodb:RestoreTableFromBackup on backup =BackupArn; table TargetTableName",
    ...["BatchWriteItem", "DeleteItem", "GetItem", "PutItem", "Query", "Scan", "UpdateItem"].map(
      (action) => `dynamodb:${action} on table TargetTableName`,
    ),
  ],
  RestoreTableToPointInTime: [
    "dynamodb:RestoreTableToPointInTime if SourceTableName on table SourceTableName; table TargetTableName",
    "dynamodb:RestoreTableToPointInTime if SourceTableArn on table =SourceTableArn; table TargetTableName",
    ...["BatchWriteItem", "DeleteItem", "GetItem", "PutItem", "Query", "Scan", "UpdateItem"].map(
      (action) => `dynamodb:${action} on table TargetTableName`,
    ),
  ],
};
