// Microsoft's keys of recent years carry four characters of their own at a fixed place; that place and those characters are
// public in its security utilities, so a token is recognised without any name beside it.
import { ALNUM, alphabet, BASE32_LOWER, BASE64, DIGITS, HEX, PADDING, URL_SAFE } from '../alphabet.ts';
import { keyed } from '../build/keyed.ts';
import { prefixed } from '../build/prefixed.ts';
import { variants } from '../build/variants.ts';
import { lettersAndDigits, mixedOnly } from '../build/verify.ts';
import { oneOf, run } from '../shape.ts';

const vendor = 'Azure';
const remedy = 'Regenerate the key in the Azure portal and look through the activity log for its use.';

const SECRET_CHARS = alphabet('aad-secret', `${URL_SAFE.chars}.~`);
const DIGIT_Q = [...DIGITS.chars].map((digit) => `${digit}Q~`);
const END = oneOf('==', '%3D%3D', '%3d%3d');

/** How the keys of the storage and the Cosmos DB emulator begin: published, and the same everywhere. */
const EMULATOR_KEYS = ['Eby8vdM02xNOcqFl', 'C2y6yDjf5/R+ob0N'];

/** After the signature: two characters of date, then data whose last part begins with a letter. */
const ANNOTATION = /^[A-Za-z0-9]{57}[9DH][A-Za-z0-9][A-L][A-Za-z0-9]{16}[A-Za-z]/;

function annotated(token: string): boolean | undefined {
  return ANNOTATION.test(token) ? true : undefined;
}

const registry = {
  id: 'azure-container-registry-key',
  vendor,
  title: 'Azure Container Registry password',
  severity: 'critical',
  url: 'https://learn.microsoft.com/en-us/azure/container-registry/container-registry-authentication',
  remedy,
  prefix: '+ACR',
  certainty: 'certain',
} as const;

const management = {
  id: 'azure-api-management-key',
  vendor,
  title: 'Azure API Management key',
  severity: 'critical',
  url: 'https://learn.microsoft.com/en-us/azure/api-management/api-management-subscriptions',
  remedy,
  prefix: 'APIM',
} as const;

export const azureRules = [
  prefixed({
    id: 'azure-emulator-key',
    vendor,
    title: 'Key of the Azure storage or Cosmos DB emulator, which is public',
    severity: 'info',
    url: 'https://learn.microsoft.com/en-us/azure/storage/common/storage-use-azurite',
    remedy: 'Nothing to do; the key opens emulators only.',
    prefix: EMULATOR_KEYS,
    parts: [run(BASE64, 70), '=='],
  }),
  prefixed({
    id: 'azure-client-secret',
    vendor,
    title: 'Microsoft Entra client secret',
    severity: 'critical',
    url: 'https://learn.microsoft.com/en-us/entra/identity-platform/how-to-add-credentials',
    remedy: 'Delete the client secret of the app registration, add a new one and check the sign-in logs.',
    prefix: DIGIT_Q,
    before: [run(SECRET_CHARS, 3)],
    parts: [run(SECRET_CHARS, 31, 34)],
  }),
  keyed({
    id: 'azure-storage-account-key',
    vendor,
    title: 'Azure storage account key',
    severity: 'critical',
    url: 'https://learn.microsoft.com/en-us/azure/storage/common/storage-account-keys-manage',
    remedy,
    keywords: [
      'accountkey',
      'account_key',
      'account-key',
      'storage_key',
      'storagekey',
      'azure_storage',
      'azurestorage',
      'azure-storage',
    ],
    parts: [run(BASE64, 86), '=='],
    certainty: 'high',
  }),
  keyed({
    id: 'azure-shared-access-key',
    vendor,
    title: 'Azure Service Bus, Event Hubs or IoT Hub shared access key',
    severity: 'critical',
    url: 'https://learn.microsoft.com/en-us/azure/service-bus-messaging/service-bus-sas',
    remedy,
    keywords: ['sharedaccesskey'],
    parts: [run(BASE64, 43), '='],
    certainty: 'high',
  }),
  keyed({
    id: 'azure-devops-legacy-token',
    vendor,
    title: 'Azure DevOps personal access token (legacy)',
    severity: 'high',
    url: 'https://learn.microsoft.com/en-us/azure/devops/organizations/accounts/use-personal-access-tokens-to-authenticate',
    remedy: 'Revoke the token under the user settings of Azure DevOps and create a new one.',
    keywords: ['azure', 'devops', 'visualstudio.com', 'vsts'],
    parts: [run(BASE32_LOWER, 52)],
    verify: lettersAndDigits,
  }),
  prefixed({
    id: 'azure-devops-token',
    vendor,
    title: 'Azure DevOps personal access token',
    severity: 'critical',
    url: 'https://learn.microsoft.com/en-us/azure/devops/organizations/accounts/use-personal-access-tokens-to-authenticate',
    remedy: 'Revoke the token under the user settings of Azure DevOps and create a new one.',
    prefix: 'AZDO',
    before: [run(ALNUM, 76)],
    parts: [run(ALNUM, 4)],
  }),
  prefixed({
    id: 'azure-annotated-key',
    vendor,
    title: 'Azure key with the common annotation (OpenAI, AI services, DevOps and others)',
    severity: 'critical',
    url: 'https://learn.microsoft.com/en-us/azure/ai-services/authentication',
    remedy,
    prefix: ['JQQJ99', 'JQQJ9D', 'JQQJ9H'],
    before: [run(ALNUM, 52)],
    parts: [run(ALNUM, 26, 28), oneOf('==', '')],
    verify: annotated,
  }),
  prefixed({
    id: 'azure-identifiable-key',
    vendor,
    title: 'Azure Cosmos DB, storage, Batch or Machine Learning key',
    severity: 'critical',
    url: 'https://learn.microsoft.com/en-us/azure/cosmos-db/how-to-rotate-keys',
    remedy,
    prefix: ['ACDb', '+ASt', '+ABa', '+AMC'],
    before: [run(BASE64, 76)],
    parts: [run(BASE64, 6), END],
    certainty: 'certain',
  }),
  prefixed({
    id: 'azure-identifiable-short-key',
    vendor,
    title: 'Azure Service Bus, Event Hubs, Relay, IoT Hub or Redis key',
    severity: 'critical',
    url: 'https://learn.microsoft.com/en-us/azure/service-bus-messaging/service-bus-sas',
    remedy,
    prefix: ['+ASb', '+AEh', '+ARm', 'AIoT', 'AzCa'],
    before: [run(BASE64, 33)],
    parts: [run(BASE64, 6), oneOf('=', '%3D', '%3d')],
    certainty: 'certain',
  }),
  prefixed({
    id: 'azure-function-key',
    vendor,
    title: 'Azure Functions key',
    severity: 'high',
    url: 'https://learn.microsoft.com/en-us/azure/azure-functions/function-keys-how-to',
    remedy,
    prefix: 'AzFu',
    before: [run(URL_SAFE, 44)],
    parts: [run(URL_SAFE, 6), END],
    certainty: 'certain',
  }),
  prefixed({
    id: 'azure-search-key',
    vendor,
    title: 'Azure AI Search key',
    severity: 'critical',
    url: 'https://learn.microsoft.com/en-us/azure/search/search-security-api-keys',
    remedy,
    prefix: 'AzSe',
    before: [run(ALNUM, 42)],
    parts: [run(ALNUM, 6)],
    certainty: 'certain',
  }),
  variants(
    prefixed({ ...registry, before: [run(BASE64, 42)], parts: [run(BASE64, 6)] }),
    prefixed({ ...registry, before: [run(BASE64, 39)], parts: [run(BASE64, 6)] }),
  ),
  variants(
    prefixed({ ...management, before: [run(BASE64, 76)], parts: [run(BASE64, 6), '=='] }),
    prefixed({ ...management, before: [run(BASE64, 71)], parts: [run(BASE64, 13)] }),
  ),
  keyed({
    id: 'azure-ai-services-key',
    vendor,
    title: 'Azure OpenAI or AI services key (legacy)',
    severity: 'high',
    url: 'https://learn.microsoft.com/en-us/azure/ai-services/authentication',
    remedy,
    keywords: [
      'openai.azure.com',
      'cognitiveservices',
      'cognitive_services',
      'azure_openai',
      'azureopenai',
      'azure-openai',
      'ocp-apim-subscription-key',
    ],
    parts: [run(HEX, 32)],
  }),
  keyed({
    id: 'azure-app-configuration-secret',
    vendor,
    title: 'Azure App Configuration secret',
    severity: 'high',
    url: 'https://learn.microsoft.com/en-us/azure/azure-app-configuration/howto-disable-access-key-authentication',
    remedy,
    keywords: ['azconfig.io'],
    parts: [run(BASE64, 43, 100), run(PADDING, 0, 2)],
    certainty: 'high',
    verify: mixedOnly,
  }),
];
