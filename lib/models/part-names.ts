// Parts of ARN templates whose parameter has another name than the rules of plans.ts would find, by IAM prefix.
// To be checked against: the API references; each pair says that both name the same thing.

const ALIASES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  athena: { workgroupname: "workgroup", datacatalogname: "catalogname name" },
  autoscaling: { groupfriendlyname: "autoscalinggroupname" },
  ec2: { securitygroupid: "groupid", keypairname: "keyname" },
  events: { rulename: "rule name" },
  mobiletargeting: { appid: "applicationid" },
  rds: {
    clusterparametergroupname: "dbclusterparametergroupname",
    clustersnapshotname: "dbclustersnapshotidentifier",
    dbclusterinstancename: "dbclusteridentifier",
    dbinstancename: "dbinstanceidentifier",
    globalcluster: "globalclusteridentifier",
    parametergroupname: "dbparametergroupname",
    securitygroupname: "dbsecuritygroupname",
    snapshotname: "dbsnapshotidentifier",
    subnetgroupname: "dbsubnetgroupname",
  },
  sqs: { queuename: "queueurl queuename" },
  redshift: {
    clustername: "clusteridentifier",
    snapshotname: "snapshotidentifier",
    subnetgroupname: "clustersubnetgroupname",
  },
};

/** Lower-case parameter names that fill a part, best first. */
export function aliasesOf(prefix: string, part: string): string[] {
  return ALIASES[prefix]?.[part]?.split(" ") ?? [];
}
