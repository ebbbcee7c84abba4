import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseAwsCommand } from "../../lib/aws-command.ts";
import { shellWords } from "../../lib/shell-words.ts";

const parsed = (line: string) => parseAwsCommand(shellWords(line));

describe("a command line of the AWS CLI", () => {
  it.each([
    [
      `aws dynamodb get-item --table-name orders --key '{"id":{"S":"a"}}' --consistent-read`,
      ["dynamodb", "GetItem", { TableName: "orders", Key: { id: { S: "a" } }, ConsistentRead: true }],
    ],
    [
      "aws dynamodb put-item --table-name t --item id={S=a},n={N=1}",
      ["dynamodb", "PutItem", { TableName: "t", Item: { id: { S: "a" }, n: { N: "1" } } }],
    ],
    ["aws s3api get-object --bucket b --key k out.csv", ["s3", "GetObject", { Bucket: "b", Key: "k" }]],
    [
      "aws s3api put-object --bucket b --key k --body file.csv",
      ["s3", "PutObject", { Bucket: "b", Key: "k", Body: "" }],
    ],
    [
      "aws s3api delete-objects --bucket b --delete 'Objects=[{Key=a},{Key=b}],Quiet=true'",
      [
        "s3",
        "DeleteObjects",
        { Bucket: "b", Delete: { Objects: [{ Key: "a" }, { Key: "b" }], Quiet: true } },
      ],
    ],
    [
      "aws ec2 terminate-instances --instance-ids i-1 i-2",
      ["ec2", "TerminateInstances", { InstanceIds: ["i-1", "i-2"] }],
    ],
    [
      `aws ec2 terminate-instances --instance-ids '["i-1"]' --no-dry-run`,
      ["ec2", "TerminateInstances", { InstanceIds: ["i-1"], DryRun: false }],
    ],
    [
      "aws ec2 run-instances --image-id ami-1 --count 1:2",
      ["ec2", "RunInstances", { ImageId: "ami-1", MinCount: 1, MaxCount: 2 }],
    ],
    [
      "aws ec2 describe-instances --filters Name=tag:owner,Values=a,b Name=x,Values=c --max-items 4",
      [
        "ec2",
        "DescribeInstances",
        {
          Filters: [
            { Name: "tag:owner", Values: ["a", "b"] },
            { Name: "x", Values: ["c"] },
          ],
        },
      ],
    ],
    [
      "aws ec2 run-instances --tag-specifications 'ResourceType=instance,Tags=[{Key=a,Value=b},{Key=c,Value=\"d, e\"}]'",
      [
        "ec2",
        "RunInstances",
        {
          TagSpecifications: [
            {
              ResourceType: "instance",
              Tags: [
                { Key: "a", Value: "b" },
                { Key: "c", Value: "d, e" },
              ],
            },
          ],
        },
      ],
    ],
    [
      "aws ec2 run-instances --block-device-mappings DeviceName=/dev/sda1,Ebs={VolumeSize=8,DeleteOnTermination=true}",
      [
        "ec2",
        "RunInstances",
        {
          BlockDeviceMappings: [
            { DeviceName: "/dev/sda1", Ebs: { VolumeSize: 8, DeleteOnTermination: true } },
          ],
        },
      ],
    ],
    [
      "aws rds describe-db-instances --db-instance-identifier x",
      ["rds", "DescribeDBInstances", { DBInstanceIdentifier: "x" }],
    ],
    [
      "aws lambda invoke --function-name f --payload '{\"a\":1}' out.json",
      ["lambda", "Invoke", { FunctionName: "f", Payload: "" }],
    ],
    [
      "aws lambda update-function-configuration --function-name f --environment Variables={A=b,C=d}",
      [
        "lambda",
        "UpdateFunctionConfiguration",
        { FunctionName: "f", Environment: { Variables: { A: "b", C: "d" } } },
      ],
    ],
    ["aws iam list-users --query 'Users[].UserName' --output text --no-cli-pager", ["iam", "ListUsers", {}]],
    ["aws iam get-user --user-name=ana", ["iam", "GetUser", { UserName: "ana" }]],
    [
      `aws iam create-user --cli-input-json '{"UserName":"ana"}' --path /x/`,
      ["iam", "CreateUser", { UserName: "ana", Path: "/x/" }],
    ],
    ["configservice describe-config-rules", ["config", "DescribeConfigRules", {}]],
  ])("%s", (line, [service, operation, params]) => {
    expect(parsed(line)).toEqual({ service, operation, params, region: null });
  });

  it("may name the region, before the service or behind", () => {
    expect(parsed("aws --region us-east-1 sts get-caller-identity").region).toBe("us-east-1");
    expect(parsed("aws s3api get-object --bucket b --key k out --region us-east-1")).toMatchObject({
      region: "us-east-1",
      params: { Bucket: "b", Key: "k" },
    });
  });

  it.each([
    ["aws dynamdb get-item", "there is no service `dynamdb`; did you mean `dynamodb`?"],
    ["aws dynamodb get-itm", "has no operation `get-itm`; did you mean `get-item`?"],
    ["aws dynamodb get-item --tabel-name x", "has no parameter `--tabel-name`; did you mean `--table-name`?"],
    ["aws dynamodb get-item --table-name", "`--table-name` needs a value"],
    ["aws dynamodb get-item --table-name a b", "takes one value: quote it where it holds spaces"],
    ["aws dynamodb get-item --key '{\"id\"'", "`--key` holds JSON that does not parse"],
    ["aws dynamodb get-item --key file://key.json", "no file is read here"],
    ["aws dynamodb put-item --item id", "`--item` is no shorthand"],
    ["aws dynamodb query --limit ten", "`--limit` takes a number"],
    ["aws dynamodb get-item extra --table-name x", "`extra` belongs to no parameter"],
    ["aws s3 rm s3://b/k", "aws s3api delete-object --bucket <bucket> --key <key>"],
    ["aws s3 sync a b", "several calls"],
    ["aws dynamodb", "a command line is"],
    ["aws dynamodb get-item --key 'x", "not closed"],
  ])("is refused: %s", (line, message) => {
    expect(() => parsed(line)).toThrow(message);
  });
});

describe("words of a command line", () => {
  it.each([
    [`a  b\tc`, ["a", "b", "c"]],
    [`'a b' "c \\"d\\"" e\\ f`, ["a b", 'c "d"', "e f"]],
    [`x'y'"z"`, ["xyz"]],
    [`"" ''`, ["", ""]],
    [`"\\n" '\\'`, ["\\n", "\\"]],
    ["", []],
  ])("of %j", (line, words) => {
    expect(shellWords(line)).toEqual(words);
  });

  it("come back whole from single quotes", () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (words) => {
        const line = words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
        expect(shellWords(line)).toEqual(words);
      }),
    );
  });
});
