/** The keys of one fleet. */
export type Keys = ReturnType<typeof keysOf>;

/** Returns the keys of a fleet. Contents are large, and so kept apart from the revisions that describe them. */
export function keysOf(fleet: string) {
  const root = `/ipvsadm/${fleet}/`;
  const log = `${root}log/`;
  const revisions = `${log}revisions/`;
  const state = `${root}state/`;
  const targets = `${state}targets/`;
  const reports = `${state}reports/`;
  const alive = `${state}alive/`;
  const directors = `${state}directors/`;
  const drivers = `${state}drivers/`;
  const overrides = `${state}overrides/`;
  const contents = (sha256: string) => `${root}contents/${sha256}/`;
  return {
    /** Prefix of all keys. */
    root,
    /** Prefix of everything published: the head and the revisions. */
    log,
    /** Key of the number of the newest revision. */
    head: `${log}head`,
    /** Prefix of the revisions. */
    revisions,
    /** Key of a revision. */
    revision: (number: number) => `${revisions}${number}`,
    /** Prefix of the parts of packed rules, keyed by their SHA-256 so that different rules never overwrite each other. */
    contents,
    /** Key of a part of packed rules, counted from 0. */
    content: (sha256: string, part: number) => `${contents(sha256)}${part}`,
    /** Prefix of the current state: everything wanted and reported now. */
    state,
    /** Key of the current rollout, or the last one. */
    rollout: `${state}rollout`,
    /** Key of the last renewal of the time in which directors must be confirmed. */
    renewal: `${state}renewal`,
    /** Prefix of the targets. */
    targets,
    /** Key of a director's target. */
    target: (director: string) => `${targets}${director}`,
    /** Prefix of the reports. */
    reports,
    /** Key of a director's report. */
    report: (director: string) => `${reports}${director}`,
    /** Prefix of the keys that show which agents run. */
    alive,
    /** Key that exists while a director's agent runs. */
    presence: (director: string) => `${alive}${director}`,
    /** Prefix of the settings of directors. */
    directors,
    /** Key of the settings that operators made for a director. */
    director: (director: string) => `${directors}${director}`,
    /** Prefix of the keys that show which rollouts are being driven. */
    drivers,
    /** Key that exists while a driver runs; each run has an id of its own. */
    driver: (id: string) => `${drivers}${id}`,
    /** Prefix of the overrides. */
    overrides,
    /** Key of the override that takes a server out of service. */
    override: (server: string) => `${overrides}${server}`,
  };
}
