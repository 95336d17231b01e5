const services = 5000;
const servers = 10;

/** Number of lines of {@link manyRules}. */
export const ruleCount = services * (1 + servers);

/** A service of {@link manyRules}, as `--only` takes it. */
export const ownService = '198.18.0.0:80';

/** Returns rules for 5000 services of ten servers each, with differing weights. */
export function manyRules(): string {
  const lines: string[] = [];
  for (let service = 0; service < services; service++) {
    const [high, low] = [service >> 8, service & 255];
    const name = `198.18.${high}.${low}:80`;
    lines.push(`-A -t ${name} -s wlc`);
    for (let server = 1; server <= servers; server++)
      lines.push(`-a -t ${name} -r 10.${high}.${low}.${server}:8080 -m -w ${1 + ((service * server) % 7)}`);
  }
  return `${lines.join('\n')}\n`;
}
