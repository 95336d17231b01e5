import * as z from 'zod';

/** Decodes a 64-bit number, which the gateway encodes as a string, and omits if it is 0. */
const int64 = z
  .union([z.string().regex(/^-?\d+$/), z.int()])
  .transform((text) => BigInt(text))
  .default(0n);

const base64 = z.base64().default('');

const header = z.object({ cluster_id: z.string(), revision: int64 });

const keyValue = z.object({
  key: base64.transform((text) => Buffer.from(text, 'base64')),
  value: base64.transform((text): Uint8Array => Buffer.from(text, 'base64')),
  mod_revision: int64,
});

/** Answer to `/v3/kv/range`. */
export const rangeAnswer = z.object({
  header,
  kvs: z.array(keyValue).default([]),
  more: z.boolean().default(false),
});

/** Answer to `/v3/kv/txn`. */
export const transactionAnswer = z.object({ header, succeeded: z.boolean().default(false) });

/** Answer to `/v3/maintenance/status`: what is used of it, a header, is part of most answers. */
export const statusAnswer = z.object({ header });

/** Answer to `/v3/auth/authenticate`. */
export const authenticateAnswer = z.object({ token: z.string() });

/** Answer to `/v3/lease/grant`. */
export const grantAnswer = z.object({ ID: z.string() });

/** Answer to `/v3/lease/keepalive`: the first one of a stream. A lease that has ended has a TTL of 0. */
export const keepAliveAnswer = z.object({ result: z.object({ TTL: int64 }) });

/** Answer to `/v3/lease/revoke`, whose contents are not used. */
export const anyAnswer = z.object({});

/** One line of the answer to `/v3/watch`. */
export const watchAnswer = z.object({
  result: z.object({
    created: z.boolean().default(false),
    canceled: z.boolean().default(false),
    cancel_reason: z.string().default(''),
    compact_revision: int64,
    events: z.array(z.unknown()).default([]),
  }),
});

/**
 * Body of an error answer. Up to etcd 3.5: `{"error","code","message"}`, in 3.6: `{"code","message"}`. For streams, up to 3.5:
 * `{"error":{"grpc_code","http_code","message"}}`, in 3.6: `{"error":{"code","message"}}`.
 */
export const refusalBody = z
  .object({
    error: z
      .union([
        z.string(),
        z.object({
          message: z.string().default(''),
          grpc_code: z.int().optional(),
          code: z.int().optional(),
        }),
      ])
      .optional(),
    message: z.string().optional(),
    code: z.int().optional(),
  })
  .transform(({ error, message, code }) => {
    const nested = typeof error === 'object' ? error : undefined;
    return {
      message: message ?? nested?.message ?? (typeof error === 'string' ? error : ''),
      code: code ?? nested?.grpc_code ?? nested?.code,
    };
  });
