// Parts of ARN templates whose parameter has another name than the rules of plans.ts would find, by IAM prefix.
// To be checked against: the API references; each pair says that both name the same thing.

const ALIASES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  athena: { workgroupname: "workgroup", datacatalogname: "catalogname name" },
  autoscaling: { groupfriendlyname: "autoscalinggroupname" },
  connect: { formid: "evaluationformid", viewid: "viewid" },
  databrew: { resourceid: "name" },
  ec2: { securitygroupid: "groupid", keypairname: "keyname", dedicatedhostid: "hostid hostids" },
  events: { rulename: "rule name" },
  finspace: {
    kxcluster: "clustername",
    kxdatabase: "databasename",
    kxdataview: "dataviewname",
    kxscalinggroup: "scalinggroupname",
    kxvolume: "volumename",
  },
  frauddetector: { resourcepath: "TYPEid TYPEname name" },
  geo: { geofencecollectionname: "collectionname" },
  iot: {
    cacertificate: "certificateid cacertificateid",
    certificate: "certificateid",
    fleetmetricname: "metricname",
    mitigationactionname: "actionname",
    provisioningtemplate: "templatename",
    schedulename: "scheduledauditname",
  },
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
  redshift: {
    clustername: "clusteridentifier",
    snapshotname: "snapshotidentifier",
    subnetgroupname: "clustersubnetgroupname",
  },
  ses: {
    dedicatedippool: "poolname",
    identityname: "emailidentity identity",
    exportjobid: "jobid",
    importjobid: "jobid",
  },
  sqs: { queuename: "queueurl queuename" },
  ssm: { patchbaselineidresourceid: "baselineid" },
  tnb: {
    functioninstanceid: "vnfinstanceid",
    functionpackageid: "vnfpkgid",
    networkinstanceid: "nsinstanceid",
    networkoperationid: "nslcmopoccid",
    networkpackageid: "nsdinfoid",
  },
};

/** Lower-case parameter names that fill a part of a type's ARN, best first. */
export function aliasesOf(prefix: string, part: string, type: string): string[] {
  const own = OWN_PARTS[`${prefix}:${type}`];
  const names = own ?? ALIASES[prefix]?.[part];
  return names?.replaceAll("TYPE", type).split(" ") ?? [];
}

/** Of types whose template names its part by a word that says nothing. */
const OWN_PARTS: Readonly<Record<string, string>> = {
  "ssm:maintenancewindow": "windowid",
  "ssm:opsitem": "opsitemid",
  "ssm:opsmetadata": "opsmetadataid",
  "ssm:servicesetting": "settingid",
};

/** Parameters that hold a whole ARN of a type under another name than `<type>Arn`. */
const WHOLE_ARNS: Readonly<Record<string, string>> = {
  "bedrock:automatedreasoningpolicy": "policyarn",
  "iam:oidcprovider": "openidconnectproviderarn",
  "resiliencehub:application": "apparn",
  "resiliencehub:appassessment": "assessmentarn",
  "resiliencehub:resiliencypolicy": "policyarn",
  "securityhub:automationrule": "automationrulesarn",
};

/** Lower-case names of parameters that are the ARN of this type. */
export function wholeArnNames(prefix: string, type: string): string[] {
  const other = WHOLE_ARNS[`${prefix}:${type}`];
  return [`${type}arn`, `${type}resourcearn`, ...(other === undefined ? [] : [other])];
}

/** Services where tags name their resource by ARN under a name that does not say so. */
const ARN_UNDER_A_NAME: Readonly<Record<string, readonly string[]>> = {
  rds: ["resourcename", "resourceidentifier"],
  redshift: ["resourcename"],
};

/** Lower-case names of parameters that are the ARN of the call's one resource, of whatever type. */
export function anyArnNames(prefix: string, operation: string): string[] {
  return [
    "resourcearn",
    "arn",
    "resourceidentifierarn",
    ...(/tag/i.test(operation) ? ["resource"] : []),
    ...(/tag|maintenance/i.test(operation) ? (ARN_UNDER_A_NAME[prefix] ?? []) : []),
  ];
}
