/** What each sealed value is sealed for: whoever seals and whoever opens must name the same context. */

export const sealContext = {
  /** UTF-8 of the key. */
  credentialKey: (credentialId: number) => `credentials.key:${credentialId}`,
  /** PKCS#8 DER. */
  dkimPrivateKey: (dkimKeyId: number) => `dkim_keys.private_key:${dkimKeyId}`,
  /** UTF-8 of `whsec_…`; the same for the previous secret. */
  webhookSecret: (webhookId: number) => `webhooks.secret:${webhookId}`,
  /** As a webhook's. */
  httpEndpointSecret: (endpointId: number) => `http_endpoints.secret:${endpointId}`,
  /** UTF-8 of the password. */
  smtpEndpointPassword: (endpointId: number) => `smtp_endpoints.password:${endpointId}`,
  /** UTF-8 of the password. */
  relayPassword: (relayId: number) => `relays.password:${relayId}`,
  /** 32 bytes for `tracking`, PKCS#8 DER for `signing`. */
  installationKey: (purpose: 'tracking' | 'signing', keyId: number) => `installation_keys.${purpose}:${keyId}`,
} as const
