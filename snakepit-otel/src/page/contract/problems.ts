/** Something that needs attention. The worst comes first. */
export interface Problem {
  readonly id: string;
  readonly severity: 'error' | 'warning';
  readonly title: string;
  readonly cause: string;
  readonly since: number;
  /** Part of the page to look at, as `#/gpu/cuda:0`. */
  readonly link: string;
}
