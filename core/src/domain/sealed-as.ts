/** The context under which each kind of secret is sealed, so that sealed bytes moved to another row do not open there. */
export const sealedAs = {
  credentialKey: (id: number): string => `credentials.key:${id}`,
  dkimKey: (id: number): string => `dkim_keys.private_key:${id}`,
  webhookSecret: (id: number): string => `webhooks.secret:${id}`,
  smtpEndpointPassword: (id: number): string => `smtp_endpoints.password:${id}`,
  installationKey: (purpose: string, keyId: number): string => `installation_keys.${purpose}:${keyId}`,
}
