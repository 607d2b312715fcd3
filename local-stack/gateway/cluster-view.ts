/** What the gateway tells about the cluster; whoever runs the nodes knows it. The fields are what scripts rely on. */
export interface ClusterStatus {
  readonly nodes: readonly {
    readonly id: number;
    /** Null while it does not run. */
    readonly pid: number | null;
    readonly address: string;
    readonly alive: boolean;
  }[];
  readonly groups: readonly {
    readonly name: string;
    /** Null when none is known. */
    readonly leader: number | null;
    readonly term: number;
    readonly members: readonly {
      readonly id: number;
      readonly role: string;
      readonly commit_index: number;
      readonly applied_index: number;
    }[];
  }[];
}

/** Both resolve within a second, whatever the nodes do. */
export interface ClusterView {
  status(): Promise<ClusterStatus>;
  /** Every group has a leader: a request would be served now. */
  ready(): Promise<boolean>;
}
