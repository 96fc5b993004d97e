/**
 * A journey of Intuit's official OAuth client. Set from outside: the addresses of `setAuthorizeURLs`,
 * `OAuthClient.environment.sandbox` and `OAuthClient.jwks_uri`.
 */
import OAuthClient from 'intuit-oauth';

import { done, given, open, step } from './stage.mjs';

const client = new OAuthClient({
  clientId: given.CLIENT_ID, clientSecret: given.CLIENT_SECRET, environment: 'sandbox', redirectUri: given.REDIRECT_URI,
  includeRefreshTokenHardExpiresIn: true,
});
client.setAuthorizeURLs({
  authorizeEndpoint: `${given.QUICKBOOKS}/connect/oauth2`,
  tokenEndpoint: `${given.QUICKBOOKS}/oauth2/v1/tokens/bearer`,
  revokeEndpoint: `${given.QUICKBOOKS}/v2/oauth2/tokens/revoke`,
  userInfoEndpoint: `${given.QUICKBOOKS}/v1/openid_connect/userinfo`,
});
OAuthClient.environment.sandbox = `${given.QUICKBOOKS}/`;
OAuthClient.jwks_uri = `${given.QUICKBOOKS}/op/v1/jwks`;

const { Accounting, OpenId, Profile, Email } = OAuthClient.scopes;
const back = await open(client.authorizeUri({ scope: [Accounting, OpenId, Profile, Email], state: 's-1' }));
await step('state', () => new URL(back).searchParams.get('state'));
await step('token', async () => (await client.createToken(back)).json);
const realm = client.getToken().realmId;
await step('realm', () => realm);
await step('identity', () => client.validateIdToken());
await step('user', async () => (await client.getUserInfo()).json);
await step('code twice', () => client.createToken(back));
// The refused call has put its empty answer in the client's token: begin again, as a user would.
await client.createToken(await open(client.authorizeUri({ scope: [Accounting, OpenId], state: 's-2' })));
await step('refresh', async () => {
  const before = client.getToken().access_token;
  const { json } = await client.refresh();
  return { ...json, another: json.access_token !== before };
});

const api = async (path, more = {}) => (await client.makeApiCall({ url: `v3/company/${realm}/${path}`, ...more })).json;
await step('company', () => api(`companyinfo/${realm}`));
await step('query', () => api('query', { params: { query: 'select * from Customer maxresults 5', minorversion: 75 } }));
await step('made', () => api('invoice', { method: 'POST', body: {
  CustomerRef: { value: '1' },
  Line: [{ Amount: 100, DetailType: 'SalesItemLineDetail', SalesItemLineDetail: { ItemRef: { value: '1' } } }],
} }));
await step('refused', () => api('invoice', { method: 'POST', body: { CustomerRef: { value: '1' } } }));
await step('missing', () => api('invoice/999999'));
await step('pdf', async () => {
  const answer = await client.makeApiCall({
    url: `v3/company/${realm}/invoice/130/pdf`, headers: { Accept: 'application/pdf' }, responseType: 'arraybuffer',
  });
  return Buffer.from(answer.json).subarray(0, 5).toString();
});
const dead = client.getToken().access_token;
await step('revoke', async () => (await client.revoke({ refresh_token: client.getToken().refresh_token })).status());
client.setToken({ access_token: dead, realmId: realm });
await step('after revoke', () => api(`companyinfo/${realm}`));
done();
