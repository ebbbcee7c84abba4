// Members of answers that hold secrets though the models do not mark them, each with its reason; and the few that the
// models mark though they hold none in a case that the answer itself tells. What they hide, `@unmask` shows by name.
// The paths were compared with the models' output members; `**.` reaches a member wherever an answer nests it.

export interface CuratedMask {
  readonly service: string;
  readonly paths: readonly string[];
  readonly reason: string;
}

const ENVIRONMENT = "environment variables hold passwords and keys";
const PARAMETERS =
  "the answer does not say whether the value was declared NoEcho, and older stacks pass passwords so";
const TOKENS = "with the key pair beside it, this token is the credential";
const PASSWORD = "a password in clear text";
const USER_DATA = "boot scripts hold join tokens and passwords";

export const CURATED: readonly CuratedMask[] = [
  mask("amplify", ENVIRONMENT, "**.environmentVariables.*"),
  mask("apigateway", "an API key is what its clients sign in with", "value", "items[].value"),
  mask("appsync", ENVIRONMENT, "environmentVariables.*"),
  mask("appsync", "an AppSync API key is its own id", "apiKey.id", "apiKeys[].id"),
  mask("autoscaling", USER_DATA, "LaunchConfigurations[].UserData"),
  mask("batch", ENVIRONMENT, "**.environment[].value"),
  mask("cleanroomsml", ENVIRONMENT, "**.environment.*"),
  mask(
    "cloudformation",
    PARAMETERS,
    "**.Parameters[].ParameterValue",
    "**.Parameters[].ResolvedValue",
    "**.ParameterOverrides[].ParameterValue",
  ),
  mask("cloudhsmv2", PASSWORD, "**.PreCoPassword"),
  mask(
    "codebuild",
    ENVIRONMENT,
    "**.environmentVariables[].value",
    "**.exportedEnvironmentVariables[].value",
  ),
  mask("codebuild", "signs webhook deliveries", "**.webhook.secret"),
  mask("codepipeline", ENVIRONMENT, "**.environmentVariables[].value"),
  mask("codepipeline", "lets a stranger start the pipeline", "**.authenticationConfiguration.SecretToken"),
  mask(
    "codepipeline",
    "providers of custom actions take tokens as configuration",
    "**.actions[].configuration.*",
  ),
  mask("cognito-identity", TOKENS, "Credentials.SessionToken"),
  mask("connect", TOKENS, "**.ParticipantToken"),
  mask("connectparticipant", TOKENS, "ConnectionCredentials.ConnectionToken"),
  mask("dataexchange", "an API key in clear text", "**.ApiGatewayApiAsset.ApiKey"),
  mask("devicefarm", ENVIRONMENT, "**.environmentVariables[].value"),
  mask("docdb", PASSWORD, "**.MasterUserPassword"),
  mask("ec2", USER_DATA, "UserData.Value"),
  mask("ecr", "the password of the registry", "authorizationData[].authorizationToken"),
  mask("ecr-public", "the password of the registry", "authorizationData.authorizationToken"),
  mask(
    "elasticbeanstalk",
    "environment variables and database passwords are options",
    "**.OptionSettings[].Value",
  ),
  mask("elbv2", "the client secret of the identity provider", "**.AuthenticateOidcConfig.ClientSecret"),
  mask(
    "emr",
    PASSWORD,
    "**.KerberosAttributes.KdcAdminPassword",
    "**.KerberosAttributes.CrossRealmTrustPrincipalPassword",
    "**.KerberosAttributes.ADDomainJoinPassword",
  ),
  mask(
    "emr",
    "configurations and arguments hold passwords of metastores",
    "**.EnvironmentVariables.*",
    "**.Configurations[].Properties.*",
  ),
  mask("firehose", "the token of the Splunk endpoint", "**.SplunkDestinationDescription.HECToken"),
  mask("gamelift", "joins the fleet or a player's session", "AuthToken", "**.PlayerGatewayToken"),
  mask("gameliftstreams", ENVIRONMENT, "**.AdditionalEnvironmentVariables.*"),
  mask(
    "glue",
    "connections keep their password as a property",
    "**.ConnectionProperties.PASSWORD",
    "**.ConnectionProperties.ENCRYPTED_PASSWORD",
    "**.ConnectionProperties.KAFKA_SASL_*",
    "**.ConnectionProperties.KAFKA_CLIENT_KEY*",
    "**.SparkProperties.*",
  ),
  mask(
    "glue",
    "job arguments are where scripts take passwords from",
    "**.DefaultArguments.*",
    "**.Arguments.*",
  ),
  mask("glue", "the token of the source repository", "**.SourceControlDetails.AuthToken"),
  mask("grafana", TOKENS, "**.grafanaToken"),
  mask("imagebuilder", USER_DATA, "**.additionalInstanceConfiguration.userDataOverride"),
  mask("invoicing", "shared with the procurement portal", "**.ProcurementPortalSharedSecret"),
  mask("iot", "the token of the Salesforce endpoint", "**.salesforce.token"),
  mask("kinesis-video-signaling", PASSWORD, "IceServerList[].Password"),
  mask("lakeformation", "temporary credentials of the table", "**.SecretAccessKey", "**.SessionToken"),
  mask("lambda", ENVIRONMENT, "**.Environment.Variables.*"),
  mask("license-manager", TOKENS, "AccessToken", "SignedToken", "Token"),
  mask(
    "lightsail",
    PASSWORD,
    "**.accessDetails.password",
    "**.masterUserPassword",
    "**.registryLogin.password",
  ),
  mask(
    "lightsail",
    "a private key or an access key in clear text",
    "**.accessDetails.privateKey",
    "**.secretAccessKey",
    "privateKeyBase64",
  ),
  mask("lightsail", ENVIRONMENT, "**.environment.*"),
  mask("mediapackage", "origin authorisation of the CDN", "**.CdnIdentifierSecret"),
  mask("neptune", PASSWORD, "**.MasterUserPassword"),
  mask("pinpoint", "the credential of the push service", "**.Credential"),
  mask("pipes", ENVIRONMENT, "**.Environment[].Value", "**.Environment[].value"),
  mask(
    "sagemaker",
    ENVIRONMENT,
    "**.Environment.*",
    "**.ContainerEnvironmentVariables.*",
    "**.EnvironmentVariables.*",
  ),
  mask(
    "securityhub",
    "findings copy configurations with their secrets",
    "**.EnvironmentVariables[].Value",
    "**.Environment[].Value",
    "**.UserData",
    "**.MasterUserPassword",
  ),
  mask("signin", TOKENS, "tokenOutput.idToken"),
  mask(
    "ssm",
    "runbooks take passwords as parameters",
    "**.AutomationExecution.Parameters.*",
    "**.Runbooks[].Parameters.*",
    "**.OverriddenParameters.*",
  ),
  mask("sts", TOKENS, "Credentials.SessionToken"),
  mask("wafv2", "lets scripts call the integration", "APIKey", "APIKeySummaries[].APIKey"),
  mask("wickr", TOKENS, "**.tokenInfo.accessToken", "**.tokenInfo.idToken", "**.tokenInfo.refreshToken"),
  mask("workmail", TOKENS, "Token"),
];

/** Marked by the model, and yet no secret where a sibling member says so. Detectors still look at it. */
export interface ShownMember {
  readonly service: string;
  readonly path: string;
  readonly sibling: string;
  readonly values: readonly string[];
  readonly reason: string;
}

export const SHOWN: readonly ShownMember[] = [shown("Parameter.Value"), shown("Parameters[].Value")];

function mask(service: string, reason: string, ...paths: readonly string[]): CuratedMask {
  return { service, reason, paths };
}

function shown(path: string): ShownMember {
  return {
    service: "ssm",
    path,
    sibling: "Type",
    values: ["String", "StringList"],
    reason: "the model marks all parameter values; only those of type SecureString are secrets",
  };
}
