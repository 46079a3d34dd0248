// The OpenAPI document, printed from the very schemas that check the requests.
import { z } from 'zod';
import { problemJson } from './problem.ts';
import type { Route, Schema } from './route.ts';

type Json = { readonly [key: string]: unknown };

/** OpenAPI 3.1 for these routes, all of which are below `/api/v1`. */
export function openApiDocument(routes: readonly Route[], version: string): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const route of routes) {
    const path = route.path.replace(/:([A-Za-z]+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route) };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Sallyport', version, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    security: [{ bearer: [] }, { basic: [] }],
    paths,
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'a token with the scope "api"' },
        basic: { type: 'http', scheme: 'basic', description: 'any user name, the token as password' },
      },
      schemas: { Problem: jsonSchema(problemJson, 'output') },
    },
  };
}

function operation(route: Route): Json {
  const { answer } = route;
  const content = answer.schema
    ? { 'application/json': { schema: jsonSchema(answer.schema, 'output') } }
    : answer.contentType !== undefined
      ? { [answer.contentType]: { schema: { type: 'string' } } }
      : undefined;
  return {
    summary: route.summary,
    operationId: operationId(route),
    ...((route.params || route.query) && {
      parameters: [...parameters(route.params, 'path'), ...parameters(route.query, 'query')],
    }),
    ...(route.body && {
      requestBody: { required: true, content: { 'application/json': { schema: jsonSchema(route.body, 'input') } } },
    }),
    responses: {
      [String(answer.status)]: { description: 'done', ...(content && { content }) },
      default: {
        description: 'a problem document (RFC 9457)',
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    },
  };
}

function operationId(route: Route): string {
  const words = route.path.split('/').filter((part) => part !== '' && part !== 'api' && part !== 'v1');
  return [route.method.toLowerCase(), ...words.map((word) => word.replace(/^:/, 'by-'))].join('-');
}

function parameters(schema: Schema | undefined, place: 'path' | 'query'): readonly Json[] {
  if (!schema) return [];
  const { properties = {}, required = [] } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema: property,
  }));
}

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return rest;
}
