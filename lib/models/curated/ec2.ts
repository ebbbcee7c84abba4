// EC2: calls that touch several kinds of resources, and tags, whose resources are known by the form of their ids.
// To be checked against: "Actions, resources, and condition keys for Amazon EC2".

import type { ActionTable } from "../action-table.ts";

const profile = "iam:PassRole if IamInstanceProfile on iam:role -"; // the profile's role is not to be told from its name

export const EC2: ActionTable = {
  AssociateIamInstanceProfile: ["ec2:AssociateIamInstanceProfile on instance InstanceId", profile],
  CreateTags: ["ec2:CreateTags on any Resources[]|ec2id"],
  DeleteTags: ["ec2:DeleteTags on any Resources[]|ec2id"],
  ReplaceIamInstanceProfileAssociation: ["ec2:ReplaceIamInstanceProfileAssociation on instance -", profile],
  RunInstances: [
    "ec2:RunInstances on image ImageId; instance -; network-interface -; volume -; ?subnet SubnetId; " +
      "?security-group SecurityGroupIds[]; ?key-pair KeyName; ?launch-template LaunchTemplate.LaunchTemplateId; " +
      "?subnet NetworkInterfaces[].SubnetId; ?security-group NetworkInterfaces[].Groups[]",
    "ec2:RunInstances if !SubnetId on subnet -",
    "ec2:RunInstances if !SecurityGroupIds on security-group -",
    "ec2:CreateTags if TagSpecifications on tagged TagSpecifications[].ResourceType -",
    profile,
  ],
};
