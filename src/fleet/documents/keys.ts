/** The keys of one fleet. Contents stand apart from what is said of them, as they are large. */
export class Keys {
  /** All keys of the fleet begin with it. */
  readonly root: string;

  constructor(fleet: string) {
    this.root = `/ipvsadm/${fleet}/`;
  }

  /** Prefix of what was published: the head and the revisions. */
  get log(): string {
    return `${this.root}log/`;
  }

  get head(): string {
    return `${this.log}head`;
  }

  /** Prefix of the revisions. */
  get revisions(): string {
    return `${this.log}revisions/`;
  }

  revision(number: number): string {
    return `${this.revisions}${number}`;
  }

  /** Prefix of the parts of packed rules, which are named by their SHA-256: so nobody can write over them. */
  contents(sha256: string): string {
    return `${this.root}contents/${sha256}/`;
  }

  content(sha256: string, part: number): string {
    return `${this.contents(sha256)}${part}`;
  }

  /** Prefix of all that is wanted and reported now. */
  get state(): string {
    return `${this.root}state/`;
  }

  get rollout(): string {
    return `${this.state}rollout`;
  }

  get targets(): string {
    return `${this.state}targets/`;
  }

  target(director: string): string {
    return `${this.targets}${director}`;
  }

  get reports(): string {
    return `${this.state}reports/`;
  }

  report(director: string): string {
    return `${this.reports}${director}`;
  }

  get alive(): string {
    return `${this.state}alive/`;
  }

  aliveness(director: string): string {
    return `${this.alive}${director}`;
  }

  get directors(): string {
    return `${this.state}directors/`;
  }

  director(director: string): string {
    return `${this.directors}${director}`;
  }

  get overrides(): string {
    return `${this.state}overrides/`;
  }

  override(server: string): string {
    return `${this.overrides}${server}`;
  }
}
