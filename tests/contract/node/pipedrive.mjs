/**
 * A journey of Pipedrive's official client, both API versions. Set from outside: `host` of its OAuth2 configuration; at
 * the vendor's own sandbox a personal token and the company's address instead, without the way in and out.
 */
import * as v1 from 'pipedrive/v1';
import * as v2 from 'pipedrive/v2';

import { done, given, open, step } from './stage.mjs';

const keys = {
  clientId: given.CLIENT_ID, clientSecret: given.CLIENT_SECRET, redirectUri: given.REDIRECT_URI, host: given.PIPEDRIVE,
};
const oauth = given.API_TOKEN ? null : new v2.OAuth2Configuration(keys);

// The way in.
if (!given.API_TOKEN) {
  const back = await open(`${oauth.authorizationUrl}&state=s-1`);
  const told = new URL(back).searchParams;
  await step('state', () => told.get('state'));
  await step('authorize', () => oauth.authorize(told.get('code')));
  await step('code twice', () => oauth.authorize(told.get('code')));
  await step('refresh', async () => {
    const before = oauth.accessToken;
    const tokens = await oauth.tokenRefresh();
    return { ...tokens, another: tokens.access_token !== before };
  });
}
const configuration = given.API_TOKEN
  ? new v2.Configuration({ apiKey: given.API_TOKEN, basePath: `${given.PIPEDRIVE}/api/v2` })
  : new v2.Configuration({ accessToken: oauth.getAccessToken, basePath: oauth.basePath });
const older = new v1.Configuration({
  apiKey: configuration.apiKey, accessToken: configuration.accessToken,
  basePath: configuration.basePath.replace('/api/v2', '/api/v1'),
});

const users = new v1.UsersApi(older);
const deals = new v2.DealsApi(configuration);
const persons = new v2.PersonsApi(configuration);
const organizations = new v2.OrganizationsApi(configuration);
const products = new v2.ProductsApi(configuration);
const rows = new v2.DealProductsApi(configuration);
const fields = new v2.DealFieldsApi(configuration);
const notes = new v1.NotesApi(older);
const hooks = new v1.WebhooksApi(older);
const data = async (answer) => (await answer).data;

await step('me', () => data(users.getCurrentUser()));
await step('users', () => data(users.getUsers()));
await step('currencies', () => data(new v1.CurrenciesApi(older).getCurrencies()));

// Contacts, products, a deal with rows and a discount.
const organization = await step('organization', () => data(
  organizations.addOrganization({ AddOrganizationRequest: { name: 'Łódź Birdhouses' } })));
const person = await step('person', () => data(persons.addPerson({ AddPersonRequest: {
  name: 'Zoë Heron', org_id: organization.id, emails: [{ value: 'zoe@example.com', primary: true, label: 'work' }],
} })));
await step('person changed', () => data(persons.updatePerson({ id: person.id, UpdatePersonRequest: { name: 'Zoë Crane' } })));
const product = await step('product', () => data(products.addProduct({ AddProductRequest: {
  name: 'Birdhouse', code: 'BH-1', prices: [{ currency: 'USD', price: 25 }],
} })));
const deal = await step('deal', () => data(deals.addDeal({ AddDealRequest: {
  title: 'Forty birdhouses', org_id: organization.id, person_id: person.id, currency: 'USD',
} })));
const row = await step('row', () => data(rows.addDealProduct({ id: deal.id, AddDealProductRequest: {
  product_id: product.id, item_price: 25, quantity: 40,
} })));
await step('row changed', () => data(rows.updateDealProduct({
  id: deal.id, product_attachment_id: row.id, UpdateDealProductRequest: { quantity: 50 },
})));
await step('rows', () => data(rows.getDealProducts({ id: deal.id })));
await step('rows of deals', () => data(rows.getDealsProducts({ deal_ids: [deal.id] })));
const discount = await step('discount', () => data(deals.postAdditionalDiscount({ id: deal.id,
  AddAdditionalDiscountRequestBody: { amount: 10, description: 'Spring', type: 'percentage' } })));
await step('deal with discount', () => data(deals.getDeal({ id: deal.id })));
await step('discount removed', () => data(deals.deleteAdditionalDiscount({ id: deal.id, discount_id: discount.id })));
await step('row removed', () => data(rows.deleteDealProduct({ id: deal.id, product_attachment_id: row.id })));

// Fields: one of the app's own, set on the deal.
const field = await step('field', () => data(fields.addDealField({ AddDealFieldRequest: {
  field_name: 'Invoice status', field_type: 'varchar',
} })));
await step('field read', () => data(fields.getDealField({ field_code: field.field_code })));
await step('fields', () => data(fields.getDealFields({ limit: 500 })));
await step('deal changed', () => data(deals.updateDeal({ id: deal.id, UpdateDealRequest: {
  title: 'Fifty birdhouses', custom_fields: { [field.field_code]: 'Paid' },
} })));
await step('deal read', () => data(deals.getDeal({ id: deal.id })));
await step('deal won', () => data(deals.updateDeal({ id: deal.id, UpdateDealRequest: { status: 'won' } })));

// Notes, of version 1.
const note = await step('note', () => data(notes.addNote({ AddNoteRequest: {
  content: '<b>Invoice 1038</b>', deal_id: deal.id,
} })));
await step('note changed', () => data(notes.updateNote({ id: note.id, NoteRequest: { content: 'Invoice 1038 paid' } })));
await step('notes', () => data(notes.getNotes({ deal_id: deal.id })));
await step('note removed', () => data(notes.deleteNote({ id: note.id })));

// Pages and searches.
await step('pages', async () => {
  const seen = [];
  let cursor;
  do {
    const page = await deals.getDeals({ limit: 5, cursor, sort_by: 'id', sort_direction: 'asc' });
    seen.push(...page.data.map((one) => one.id));
    cursor = page.additional_data?.next_cursor;
  } while (cursor);
  return seen;
});
await step('all at once', async () => (await data(deals.getDeals({ limit: 500 }))).map((one) => one.id));
await step('search', () => data(new v2.ItemSearchApi(configuration).searchItem({
  term: 'Birdhouses', item_types: 'organization', limit: 10,
})));
await step('search deals', () => data(deals.searchDeals({ term: 'Fifty birdhouses', exact_match: true })));
await step('pipelines', () => data(new v2.PipelinesApi(configuration).getPipelines()));
await step('stages', () => data(new v2.StagesApi(configuration).getStages()));

// Webhooks.
const hook = await step('hook', () => data(hooks.addWebhook({ AddWebhookRequest: {
  subscription_url: given.HOOK || 'http://localhost:8100/hook', event_action: 'change', event_object: 'deal',
  name: 'journey', version: '2.0',
} })));
await step('hooks', () => data(hooks.getWebhooks()));
await step('deal changed again', () => data(deals.updateDeal({ id: deal.id, UpdateDealRequest: { title: 'Sixty birdhouses' } })));
await step('hook removed', () => hooks.deleteWebhook({ id: hook.id }));

// What is refused.
await step('missing', () => deals.getDeal({ id: 999999 }));
await step('wrong', () => deals.updateDeal({ id: deal.id, UpdateDealRequest: { titel: 'x' } }));

// The way out.
await step('deal removed', () => data(deals.deleteDeal({ id: deal.id })));
await step('person removed', () => data(persons.deletePerson({ id: person.id })));
await step('organization removed', () => data(organizations.deleteOrganization({ id: organization.id })));
await step('product removed', () => data(products.deleteProduct({ id: product.id })));
await step('field removed', () => data(fields.deleteDealField({ field_code: field.field_code })));
if (oauth) {
  await step('revoke', () => oauth.revokeToken('refresh_token'));
  await step('after revoke', () => users.getCurrentUser());
  await step('refresh after revoke', () => oauth.tokenRefresh());
}
done();
