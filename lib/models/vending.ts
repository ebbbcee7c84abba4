// Operations whose answer can hold credentials, tokens or signed URLs: anything that, once handed out, works at AWS
// without passing this gateway again. They are refused unless a policy names the very action.
// Criterion: the answer has a member that authenticates its bearer to AWS or to something in the account (access keys,
// session and bearer tokens, passwords that AWS made, private keys, shells), or a URL that is signed. Secrets that a
// customer stored (GetSecretValue, GetParameter, a data source's password) are data: masks and policy are for those.

/** Operations by service, split by spaces. */
const VENDING: Readonly<Record<string, string>> = {
  acm: "ExportCertificate",
  amplify: "CreateDeployment GenerateAccessLogs GetArtifactUrl GetJob",
  amplifyuibuilder: "ExchangeCodeForToken GetCodegenJob RefreshToken StartCodegenJob",
  apigateway: "CreateApiKey GetApiKey GetApiKeys GetUsagePlanKey GetUsagePlanKeys UpdateApiKey",
  appstream: "CreateAppBlockBuilderStreamingURL CreateImageBuilderStreamingURL CreateStreamingURL",
  appsync: "CreateApiKey ListApiKeys UpdateApiKey",
  artifact: "GetReport GetTermForReport",
  athena: "CreatePresignedNotebookUrl GetSessionEndpoint",
  auditmanager: "GetEvidenceFileUploadUrl",
  "bedrock-agentcore":
    "GetResourceApiKey GetResourceOauth2Token GetResourcePaymentToken GetWorkloadAccessToken " +
    "GetWorkloadAccessTokenForJWT GetWorkloadAccessTokenForUserId StartBrowserSession",
  "chime-sdk-meetings":
    "BatchCreateAttendee CreateAttendee CreateMeetingWithAttendees GetAttendee ListAttendees",
  codeartifact: "GetAuthorizationToken",
  codebuild: "StartSandboxConnection",
  codecatalyst: "CreateAccessToken StartDevEnvironmentSession",
  "codeguru-security": "CreateUploadUrl",
  codepipeline: "GetJobDetails GetThirdPartyJobDetails PollForJobs",
  "cognito-identity": "GetCredentialsForIdentity GetOpenIdToken GetOpenIdTokenForDeveloperIdentity",
  "cognito-idp":
    "AddUserPoolClientSecret AdminInitiateAuth AdminRespondToAuthChallenge CreateUserImportJob CreateUserPoolClient " +
    "DescribeUserImportJob DescribeUserPoolClient GetTokensFromRefreshToken InitiateAuth ListUserImportJobs " +
    "ListUserPoolClientSecrets RespondToAuthChallenge StartUserImportJob StopUserImportJob UpdateUserPoolClient",
  connect:
    "CreateParticipant GetAttachedFile GetFederationToken GetPromptFile StartAttachedFileUpload StartChatContact " +
    "StartWebRTCContact",
  connectparticipant: "CreateParticipantConnection GetAttachment StartAttachmentUpload",
  dataexchange: "CreateJob GetAsset GetJob ListJobs ListRevisionAssets UpdateAsset",
  datazone: "GetConnection GetEnvironmentCredentials",
  deadline:
    "AssumeFleetRoleForRead AssumeFleetRoleForWorker AssumeQueueRoleForRead AssumeQueueRoleForUser " +
    "AssumeQueueRoleForWorker",
  devicefarm:
    "CreateTestGridUrl CreateUpload GetUpload ListTestGridSessionArtifacts ListUploads UpdateUpload",
  discovery: "DescribeExportConfigurations DescribeExportTasks",
  ec2:
    "CreateKeyPair CreateVpnConnection DescribeVpnConnections ExportVerifiedAccessInstanceClientConfiguration " +
    "GetPasswordData GetVpnConnectionDeviceSampleConfiguration ModifyVpnTunnelOptions",
  ecr: "GetAuthorizationToken GetDownloadUrlForLayer",
  "ecr-public": "GetAuthorizationToken",
  ecs: "ExecuteCommand",
  "eks-auth": "AssumeRoleForPodIdentity",
  elasticbeanstalk: "RetrieveEnvironmentInfo",
  emr: "GetClusterSessionCredentials GetOnClusterAppUIPresignedURL GetPersistentAppUIPresignedURL",
  "emr-containers": "GetManagedEndpointSessionCredentials",
  "emr-serverless": "GetDashboardForJobRun GetSessionEndpoint",
  "finspace-data": "GetExternalDataViewAccessDetails GetProgrammaticAccessCredentials GetWorkingLocation",
  gamelift:
    "CreateBuild DescribeFleetEvents GetComputeAccess GetComputeAuthToken GetGameSessionLogUrl GetInstanceAccess " +
    "RequestUploadCredentials",
  grafana: "CreateWorkspaceApiKey CreateWorkspaceServiceAccountToken",
  greengrassv2: "GetComponentVersionArtifact",
  groundstation: "GetAgentTaskResponseUrl",
  iam: "CreateAccessKey CreateServiceSpecificCredential CreateVirtualMFADevice ResetServiceSpecificCredential",
  iot: "CreateKeysAndCertificate CreateProvisioningClaim",
  "iot-managed-integrations": "CreateProvisioningProfile",
  iotdeviceadvisor: "GetSuiteRunReport",
  iotsecuretunneling: "OpenTunnel RotateTunnelAccessToken",
  ivs: "BatchGetStreamKey CreateChannel CreateStreamKey GetStreamKey",
  "ivs-realtime": "CreateParticipantToken CreateStage",
  ivschat: "CreateChatToken",
  "kinesis-video-archived-media": "GetClip GetDASHStreamingSessionURL GetHLSStreamingSessionURL",
  "kinesis-video-signaling": "GetIceServerConfig",
  lakeformation:
    "AssumeDecoratedRoleWithSAML GetTemporaryDataLocationCredentials GetTemporaryGluePartitionCredentials " +
    "GetTemporaryGlueTableCredentials",
  lambda: "GetFunction GetLayerVersion GetLayerVersionByArn",
  "lexv2-models": "CreateUploadUrl DescribeExport",
  "license-manager": "CreateToken GetAccessToken",
  lightsail:
    "CreateBucketAccessKey CreateContainerServiceRegistryLogin CreateGUISessionAccessDetails CreateKeyPair " +
    "DownloadDefaultKeyPair GetBucketAccessKeys GetInstanceAccessDetails GetRelationalDatabaseMasterUserPassword",
  location: "CreateKey DescribeKey",
  mailmanager: "CreateAddressListImportJob GetAddressListImportJob ListAddressListImportJobs",
  managedblockchain: "CreateAccessor GetAccessor",
  "marketplace-reporting": "GetBuyerDashboard",
  mediapackage:
    "CreateChannel DescribeChannel ListChannels RotateChannelCredentials RotateIngestEndpointCredentials",
  mturk: "GetFileUploadURL",
  mwaa: "CreateCliToken CreateWebLoginToken",
  "pca-connector-scep": "CreateChallenge GetChallengePassword",
  qapps: "CreatePresignedUrl",
  qbusiness: "GetDocumentContent",
  qconnect: "CreateContent GetContent GetImportJob StartContentUpload StartImportJob UpdateContent",
  quicksight:
    "DescribeAssetBundleExportJob GenerateEmbedUrlForAnonymousUser GenerateEmbedUrlForRegisteredUser " +
    "GenerateEmbedUrlForRegisteredUserWithIdentity GetDashboardEmbedUrl GetSessionEmbedUrl",
  redshift: "GetClusterCredentials GetClusterCredentialsWithIAM GetIdentityCenterAuthToken",
  "redshift-serverless": "GetCredentials",
  route53domains: "RetrieveDomainAuthCode TransferDomainToAnotherAwsAccount",
  s3: "CreateSession",
  s3control: "GetDataAccess",
  sagemaker:
    "CreatePartnerAppPresignedUrl CreatePresignedDomainUrl CreatePresignedMlflowTrackingServerUrl " +
    "CreatePresignedNotebookInstanceUrl StartSession",
  "security-ir": "GetCaseAttachmentDownloadUrl GetCaseAttachmentUploadUrl",
  signin: "CreateOAuth2Token",
  ssm: "CreateActivation GetAccessToken GetDeployablePatchSnapshotForInstance ResumeSession StartSession",
  sso: "GetRoleCredentials",
  "sso-oidc": "CreateToken CreateTokenWithIAM RegisterClient",
  sts:
    "AssumeRole AssumeRoleWithSAML AssumeRoleWithWebIdentity AssumeRoot GetDelegatedAccessToken GetFederationToken " +
    "GetSessionToken GetWebIdentityToken",
  taxsettings: "GetTaxRegistrationDocument",
  transcribe:
    "GetCallAnalyticsJob GetMedicalScribeJob GetMedicalTranscriptionJob GetMedicalVocabulary GetTranscriptionJob " +
    "GetVocabulary GetVocabularyFilter",
  wickr: "GetOidcInfo RegisterOidcConfig",
  wisdom: "CreateContent GetContent GetImportJob StartContentUpload StartImportJob UpdateContent",
  workdocs: "GetDocumentVersion InitiateDocumentVersionUpload",
  workmail: "AssumeImpersonationRole",
};

export function vendsCredentials(service: string, operation: string): boolean {
  return VENDING[service]?.split(" ").includes(operation) ?? false;
}

/** Every entry of the list, for the check that the models have it. */
export function vendingOperations(): { service: string; operation: string }[] {
  return Object.entries(VENDING).flatMap(([service, operations]) =>
    operations.split(" ").map((operation) => ({ service, operation })),
  );
}
