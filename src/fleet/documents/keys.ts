/** The keys of one fleet. */
export type Keys = ReturnType<typeof keysOf>;

/** Returns the keys of a fleet. Contents stand apart from what is said of them, as they are large. */
export function keysOf(fleet: string) {
  const root = `/ipvsadm/${fleet}/`;
  const log = `${root}log/`;
  const revisions = `${log}revisions/`;
  const state = `${root}state/`;
  const targets = `${state}targets/`;
  const reports = `${state}reports/`;
  const alive = `${state}alive/`;
  const directors = `${state}directors/`;
  const overrides = `${state}overrides/`;
  const contents = (sha256: string) => `${root}contents/${sha256}/`;
  return {
    /** Prefix of all keys. */
    root,
    /** Prefix of all that was published: the head and the revisions. */
    log,
    /** The number of the newest revision. */
    head: `${log}head`,
    /** Prefix of the revisions. */
    revisions,
    /** A revision. */
    revision: (number: number) => `${revisions}${number}`,
    /** Prefix of the parts of packed rules, which are named by their SHA-256: so nobody can write over them. */
    contents,
    /** A part of packed rules, counted from 0. */
    content: (sha256: string, part: number) => `${contents(sha256)}${part}`,
    /** Prefix of all that is wanted and reported now. */
    state,
    /** The present rollout, or the last one. */
    rollout: `${state}rollout`,
    /** Prefix of the targets. */
    targets,
    /** Orders to a director. */
    target: (director: string) => `${targets}${director}`,
    /** Prefix of the reports. */
    reports,
    /** The report of a director. */
    report: (director: string) => `${reports}${director}`,
    /** Prefix of the signs of life. */
    alive,
    /** A key that is there while the agent of a director runs. */
    aliveness: (director: string) => `${alive}${director}`,
    /** Prefix of the settings of directors. */
    directors,
    /** Facts that operators have set about a director. */
    director: (director: string) => `${directors}${director}`,
    /** Prefix of the overrides. */
    overrides,
    /** A server that shall get no new connections. */
    override: (server: string) => `${overrides}${server}`,
  };
}
