// Prometheus' text format, version 0.0.4.

/** Labels of a sample, by name. */
export type Labels = Readonly<Record<string, string>>;

/** A metric, with a sample for each source that has a value. */
export interface Metric<Source> {
  readonly name: string;
  readonly type: 'counter' | 'gauge';
  readonly help: string;
  readonly value: (source: Source) => number | bigint | undefined;
  /** Returns labels that this metric has besides those of its source. */
  readonly labels?: (source: Source) => Labels;
}

/** Yields the text of metrics, one piece for each metric with all its samples. */
export function* metrics<Source>(
  wanted: readonly Metric<Source>[],
  sources: readonly Source[],
  labelsOf: (source: Source) => Labels,
): Generator<string> {
  const labels = sources.map(labelsOf);
  const sourceLabels = labels.map(braces);
  for (const metric of wanted) {
    let text = '';
    for (const [index, source] of sources.entries()) {
      const value = metric.value(source);
      if (value === undefined) continue;
      const own = metric.labels?.(source);
      text += `${metric.name}${own ? braces({ ...labels[index], ...own }) : sourceLabels[index]} ${value}\n`;
    }
    if (text) yield heading(metric) + text;
  }
}

/** Yields metrics as {@link metrics} does, but adds up the values of sources with equal labels, as node_exporter does. */
export function* sums<Source>(
  wanted: readonly Metric<Source>[],
  sources: readonly Source[],
  labelsOf: (source: Source) => Labels,
): Generator<string> {
  const labels = sources.map((source) => braces(labelsOf(source)));
  for (const metric of wanted) {
    const values = new Map<string, number>();
    for (const [index, source] of sources.entries()) {
      const key = labels[index] ?? '';
      values.set(key, (values.get(key) ?? 0) + Number(metric.value(source)));
    }
    if (values.size === 0) continue;
    yield heading(metric) + [...values].map(([key, value]) => `${metric.name}${key} ${value}\n`).join('');
  }
}

function heading({ name, type, help }: Pick<Metric<never>, 'name' | 'type' | 'help'>): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
}

function braces(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length ? `{${pairs.join(',')}}` : '';
}

/** Escapes the value of a label. */
function escaped(value: string): string {
  return value.replace(/[\\"\n]/g, (sign) => (sign === '\n' ? '\\n' : `\\${sign}`));
}
