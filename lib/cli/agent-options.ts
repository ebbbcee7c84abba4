// The options by which `env` and `credentials` learn of an agent's settings.

export const AGENT_OPTIONS = {
  endpoint: { type: "string" },
  role: { type: "string" },
  "token-file": { type: "string" },
} as const;

export const AGENT_OPTIONS_HELP = `  Where an option is left out, the variable that AWS's own tools read:
  --endpoint <url>           AWS_ENDPOINT_URL, https://<gateway>/aws
  --role <arn>               AWS_ROLE_ARN
  --token-file <file>        AWS_WEB_IDENTITY_TOKEN_FILE`;
