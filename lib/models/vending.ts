// Operations whose answer can hold credentials, tokens or signed URLs: anything that, once handed out, works at AWS
// without passing this gateway again. They are refused unless a policy names the very action.
// Criterion: the answer has a member that authenticates its bearer to AWS or to something in the account (access keys,
// session and bearer tokens, passwords that AWS made, private keys, shells), or a URL that is signed; or the call lets a
// key that the caller brings into a machine. Secrets that a
// customer stored (GetSecretValue, GetParameter, a data source's password) are data: masks and policy are for those.

/** Operations by service, split by spaces. */
const VENDING: Readonly<Record<string, string>> = {
  acm: "ExportCertificate",
  amplify:
    "CreateDeployment CreateWebhook DeleteWebhook GenerateAccessLogs GetArtifactUrl GetJob " +
    "GetWebhook ListWebhooks UpdateWebhook",
  amplifybackend: "CreateToken GetToken",
  amplifyuibuilder: "ExchangeCodeForToken GetCodegenJob RefreshToken StartCodegenJob",
  apigateway: "CreateApiKey GetApiKey GetApiKeys GetUsagePlanKey GetUsagePlanKeys UpdateApiKey",
  appstream: "CreateAppBlockBuilderStreamingURL CreateImageBuilderStreamingURL CreateStreamingURL",
  appsync: "CreateApiKey ListApiKeys UpdateApiKey",
  artifact: "GetReport GetTermForReport",
  athena: "CreatePresignedNotebookUrl GetResourceDashboard GetSessionEndpoint",
  auditmanager: "GetAssessmentReportUrl GetEvidenceFileUploadUrl",
  "bedrock-agentcore":
    "GetResourceApiKey GetResourceOauth2Token GetResourcePaymentToken GetWorkloadAccessToken " +
    "GetWorkloadAccessTokenForJWT GetWorkloadAccessTokenForUserId StartBrowserSession",
  "chime-sdk-meetings":
    "BatchCreateAttendee CreateAttendee CreateMeetingWithAttendees GetAttendee ListAttendees",
  codeartifact: "GetAuthorizationToken",
  codebuild: "CreateWebhook StartSandboxConnection UpdateWebhook",
  codecatalyst: "CreateAccessToken StartDevEnvironmentSession",
  "codeguru-security": "CreateUploadUrl",
  codepipeline: "GetJobDetails GetThirdPartyJobDetails ListWebhooks PollForJobs PutWebhook",
  "cognito-identity": "GetCredentialsForIdentity GetOpenIdToken GetOpenIdTokenForDeveloperIdentity",
  "cognito-idp":
    "AddUserPoolClientSecret AdminInitiateAuth AdminRespondToAuthChallenge AssociateSoftwareToken " +
    "ConfirmSignUp CreateUserImportJob CreateUserPoolClient DescribeUserImportJob " +
    "DescribeUserPoolClient GetTokensFromRefreshToken InitiateAuth ListUserImportJobs " +
    "ListUserPoolClientSecrets RespondToAuthChallenge SignUp StartUserImportJob StopUserImportJob " +
    "UpdateUserPoolClient",
  connect:
    "CreateParticipant GetAttachedFile GetFederationToken GetPromptFile StartAttachedFileUpload " +
    "StartChatContact StartWebRTCContact",
  connectparticipant: "CreateParticipantConnection GetAttachment StartAttachmentUpload",
  "customer-profiles": "GetUploadJobPath",
  dataexchange: "CreateJob GetAsset GetJob ListJobs ListRevisionAssets UpdateAsset",
  datazone: "GetConnection GetEnvironmentCredentials GetIamPortalLoginUrl",
  deadline:
    "AssumeFleetRoleForRead AssumeFleetRoleForWorker AssumeQueueRoleForRead AssumeQueueRoleForUser " +
    "AssumeQueueRoleForWorker",
  devicefarm:
    "CreateRemoteAccessSession CreateTestGridUrl CreateUpload GetRemoteAccessSession GetUpload " +
    "InstallToRemoteAccessSession ListArtifacts ListRemoteAccessSessions " +
    "ListTestGridSessionArtifacts ListUploads UpdateUpload",
  discovery: "DescribeExportConfigurations DescribeExportTasks",
  ec2:
    "CreateKeyPair CreateVpnConnection DescribeVpnConnections " +
    "ExportVerifiedAccessInstanceClientConfiguration GetPasswordData " +
    "GetVpnConnectionDeviceSampleConfiguration ModifyVpnConnection ModifyVpnConnectionOptions " +
    "ModifyVpnTunnelCertificate ModifyVpnTunnelOptions",
  "ec2-instance-connect": "SendSSHPublicKey SendSerialConsoleSSHPublicKey",
  ecr: "GetAuthorizationToken GetDownloadUrlForLayer",
  "ecr-public": "GetAuthorizationToken",
  ecs: "ExecuteCommand",
  eks: "RegisterCluster",
  "eks-auth": "AssumeRoleForPodIdentity",
  elasticbeanstalk: "RetrieveEnvironmentInfo",
  elbv2: "GetTrustStoreCaCertificatesBundle GetTrustStoreRevocationContent",
  emr: "GetClusterSessionCredentials GetOnClusterAppUIPresignedURL GetPersistentAppUIPresignedURL",
  "emr-containers": "GetManagedEndpointSessionCredentials",
  "emr-serverless": "GetDashboardForJobRun GetResourceDashboard GetSessionEndpoint",
  finspace: "GetKxConnectionString",
  "finspace-data":
    "GetExternalDataViewAccessDetails GetProgrammaticAccessCredentials GetWorkingLocation " +
    "ResetUserPassword",
  gamelift:
    "CreateBuild DescribeFleetEvents GetComputeAccess GetComputeAuthToken GetGameSessionLogUrl " +
    "GetInstanceAccess RequestUploadCredentials",
  grafana: "CreateWorkspaceApiKey CreateWorkspaceServiceAccountToken",
  greengrassv2: "GetComponentVersionArtifact",
  groundstation: "GetAgentTaskResponseUrl",
  iam:
    "CreateAccessKey CreateServiceSpecificCredential CreateVirtualMFADevice " +
    "ResetServiceSpecificCredential",
  importexport: "CreateJob GetShippingLabel",
  inspector: "GetAssessmentReport",
  interconnect: "CreateConnection GetConnection",
  invoicing: "GetInvoicePDF",
  iot: "CreateKeysAndCertificate CreateProvisioningClaim",
  "iot-jobs-data": "DescribeJobExecution StartNextPendingJobExecution",
  "iot-managed-integrations": "CreateProvisioningProfile",
  iotdeviceadvisor: "GetSuiteRunReport",
  iotsecuretunneling: "OpenTunnel RotateTunnelAccessToken",
  iotwireless: "GetWirelessDevice",
  ivs: "BatchGetStreamKey CreateChannel CreateStreamKey GetStreamKey",
  "ivs-realtime":
    "CreateIngestConfiguration CreateParticipantToken CreateStage GetIngestConfiguration " +
    "UpdateIngestConfiguration",
  ivschat: "CreateChatToken",
  "kinesis-video-archived-media": "GetClip GetDASHStreamingSessionURL GetHLSStreamingSessionURL",
  "kinesis-video-signaling": "GetIceServerConfig",
  kinesisanalyticsv2: "CreateApplicationPresignedUrl",
  lakeformation:
    "AssumeDecoratedRoleWithSAML GetTemporaryDataLocationCredentials " +
    "GetTemporaryGluePartitionCredentials GetTemporaryGlueTableCredentials",
  lambda: "GetFunction GetLayerVersion GetLayerVersionByArn PublishLayerVersion",
  "lex-models": "GetExport",
  "lexv2-models":
    "CreateUploadUrl DescribeBotRecommendation DescribeExport DescribeTestSetDiscrepancyReport " +
    "GetTestExecutionArtifactsUrl",
  "license-manager": "CreateToken GetAccessToken",
  lightsail:
    "CreateBucketAccessKey CreateContainerServiceRegistryLogin CreateGUISessionAccessDetails " +
    "CreateKeyPair DownloadDefaultKeyPair GetBucketAccessKeys GetInstanceAccessDetails " +
    "GetRelationalDatabaseMasterUserPassword",
  location: "CreateKey DescribeKey",
  m2: "GetSignedBluinsightsUrl",
  mailmanager:
    "CreateAddressListImportJob GetAddressListImportJob GetArchiveMessage ListAddressListImportJobs",
  managedblockchain: "CreateAccessor GetAccessor",
  "marketplace-agreement": "GetAgreementEntitlements",
  "marketplace-reporting": "GetBuyerDashboard",
  medialive: "CreateNodeRegistrationScript",
  mediapackage:
    "ConfigureLogs CreateChannel DescribeChannel ListChannels RotateChannelCredentials " +
    "RotateIngestEndpointCredentials UpdateChannel",
  mturk: "GetFileUploadURL",
  mwaa: "CreateCliToken CreateWebLoginToken",
  panorama: "ProvisionDevice",
  "pca-connector-scep": "CreateChallenge GetChallengePassword",
  pcs: "RegisterComputeNodeGroupInstance",
  qapps: "CreatePresignedUrl",
  qbusiness: "CreateAnonymousWebExperienceUrl GetDocumentContent",
  qconnect:
    "CreateContent CreateMessageTemplateAttachment CreateMessageTemplateVersion GetContent " +
    "GetImportJob GetMessageTemplate RenderMessageTemplate StartContentUpload StartImportJob " +
    "UpdateContent",
  quicksight:
    "DescribeAssetBundleExportJob DescribeAssetBundleImportJob DescribeDashboardSnapshotJobResult " +
    "GenerateEmbedUrlForAnonymousUser GenerateEmbedUrlForRegisteredUser " +
    "GenerateEmbedUrlForRegisteredUserWithIdentity GetDashboardEmbedUrl GetIdentityContext " +
    "GetSessionEmbedUrl",
  redshift: "GetClusterCredentials GetClusterCredentialsWithIAM GetIdentityCenterAuthToken",
  "redshift-serverless": "GetCredentials GetIdentityCenterAuthToken",
  route53domains: "RetrieveDomainAuthCode TransferDomainToAnotherAwsAccount",
  s3: "CreateSession",
  s3control: "GetDataAccess",
  sagemaker:
    "CreateHubContentPresignedUrls CreatePartnerAppPresignedUrl CreatePresignedDomainUrl " +
    "CreatePresignedMlflowAppUrl CreatePresignedMlflowTrackingServerUrl " +
    "CreatePresignedNotebookInstanceUrl StartSession",
  "security-ir": "GetCaseAttachmentDownloadUrl GetCaseAttachmentUploadUrl",
  serverlessrepo: "CreateCloudFormationTemplate GetApplication GetCloudFormationTemplate",
  sesv2: "GetExportJob",
  signin: "CreateOAuth2Token",
  snowball: "GetJobManifest GetJobUnlockCode GetSoftwareUpdates",
  ssm:
    "CreateActivation GetAccessToken GetDeployablePatchSnapshotForInstance ResumeSession " + "StartSession",
  sso: "GetRoleCredentials",
  "sso-oidc": "CreateToken CreateTokenWithIAM RegisterClient",
  sts:
    "AssumeRole AssumeRoleWithSAML AssumeRoleWithWebIdentity AssumeRoot GetDelegatedAccessToken " +
    "GetFederationToken GetSessionToken GetWebIdentityToken",
  taxsettings: "GetTaxRegistrationDocument",
  transcribe:
    "GetCallAnalyticsJob GetMedicalScribeJob GetMedicalTranscriptionJob GetMedicalVocabulary " +
    "GetTranscriptionJob GetVocabulary GetVocabularyFilter",
  translate: "GetParallelData GetTerminology ImportTerminology",
  wafv2: "CreateAPIKey GenerateMobileSdkReleaseUrl",
  wickr: "GetOidcInfo RegisterOidcConfig",
  wisdom: "CreateContent GetContent GetImportJob StartContentUpload StartImportJob UpdateContent",
  workdocs: "DescribeDocumentVersions GetDocument GetDocumentVersion InitiateDocumentVersionUpload",
  workmail: "AssumeImpersonationRole",
  "workspaces-thin-client": "CreateEnvironment GetEnvironment ListEnvironments",
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
