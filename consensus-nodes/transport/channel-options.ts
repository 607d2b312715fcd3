/** gRPC settings that all internal channels and servers share. */
export const channelOptions = {
  // A parcel carries all groups, and of each as much as a follower's window lets out in one turn: some 8 MiB; see
  // MAX_INFLIGHT_BYTES in raft/progress.ts. One that were too large would break the stream at every attempt.
  "grpc.max_receive_message_length": 64 * 1024 * 1024,
  "grpc.max_send_message_length": 64 * 1024 * 1024,
  // A node that comes back is found again soon: everything else waits for it.
  "grpc.initial_reconnect_backoff_ms": 20,
  "grpc.min_reconnect_backoff_ms": 20,
  "grpc.max_reconnect_backoff_ms": 500,
  // A peer that vanished without a word (a cable, not a process) is noticed; elections do not wait for this.
  "grpc.keepalive_time_ms": 10_000,
  "grpc.keepalive_timeout_ms": 5_000,
  "grpc.keepalive_permit_without_calls": 1,
  // One connection per channel, even to the same address.
  "grpc.use_local_subchannel_pool": 1,
  // Counts and dates every message, for a service that no process of ours offers: a tenth of what a message costs.
  "grpc.enable_channelz": 0,
  // On loopback and between own machines nothing is gained by a proxy.
  "grpc.enable_http_proxy": 0,
} as const;
