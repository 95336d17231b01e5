/** Modules that few runs need, loaded on demand; `commands/index.ts` has the commands themselves. */
export const lazy = {
  framedTable: () => import('./list/framed-table.ts'),
  json: () => import('./list/json.ts'),
  metrics: () => import('./list/prometheus.ts'),
  top: () => import('./list/top.ts'),
  watch: () => import('./watch/start.ts'),

  childProcess: () => import('node:child_process'),
  input: () => import('./stdio/input.ts'),
  jsonRules: () => import('../json/read.ts'),
} as const;
