// Stands in for the Resource Groups Tagging API: the tags of resources that were tagged, by ARN. S3 and DynamoDB answer for
// their own tags here, as they do on AWS.

import { jsonService, textsOf, validation } from "./json-service.ts";
import type { AwsService } from "./service.ts";

const MOST_ARNS = 100;

export const tagging: AwsService = jsonService({
  name: "tagging",
  target: "ResourceGroupsTaggingAPI_20170126",
  contentType: "application/x-amz-json-1.1",
  operations: new Map([
    [
      "GetResources",
      {
        members: ["ResourceARNList"],
        plan: (input, { account }) => {
          const arns = textsOf(input, "ResourceARNList");
          if (arns.length === 0 || arns.length > MOST_ARNS) throw validation(`name 1 to ${MOST_ARNS} ARNs`);
          return {
            needs: [{ action: "tag:GetResources", resource: "*" }],
            run: () => ({
              PaginationToken: "",
              ResourceTagMappingList: arns.flatMap((ResourceARN) => {
                const tags = account.tags?.get(ResourceARN);
                if (tags === undefined) return [];
                return [{ ResourceARN, Tags: [...tags].map(([Key, Value]) => ({ Key, Value })) }];
              }),
            }),
          };
        },
      },
    ],
  ]),
});
